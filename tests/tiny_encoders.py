"""Small sentence-transformers models with random weights, made in a process of its own."""

import subprocess
import sys
from pathlib import Path

_TINY = """
import torch
from string import ascii_lowercase as letters
from sentence_transformers import SentenceTransformer
from sentence_transformers.models import Pooling, StaticEmbedding, Transformer
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import BertConfig, BertModel, DistilBertConfig, DistilBertModel, PreTrainedTokenizerFast
torch.manual_seed(1)
special = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
words = [*special.values(), *letters, *("##" + letter for letter in letters)]
raw = Tokenizer(models.WordPiece({word: i for i, word in enumerate(words)}, unk_token="[UNK]"))
raw.pre_tokenizer = pre_tokenizers.Whitespace()
ends = [("[CLS]", 2), ("[SEP]", 3)]
raw.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=ends)
size = {"vocab_size": len(words), "max_position_embeddings": 32}
shape = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 48}
bert = BertModel(BertConfig(**size, **shape))
distilbert = DistilBertModel(DistilBertConfig(**size, dim=32, n_layers=2, n_heads=4, hidden_dim=48))
for folder, model, mode in (("bert", bert, "cls"), ("distilbert", distilbert, "mean")):
    model.save_pretrained("raw-" + folder)
    PreTrainedTokenizerFast(tokenizer_object=raw, model_max_length=32, **special).save_pretrained("raw-" + folder)
    SentenceTransformer(modules=[Transformer("raw-" + folder), Pooling(32, pooling_mode=mode)]).save(folder)
SentenceTransformer(modules=[StaticEmbedding(raw, embedding_dim=16)]).save("static")
"""


def make(base: Path) -> dict[str, Path]:
    """Write the models into a folder; return theirs, by kind."""
    subprocess.run([sys.executable, "-W", "ignore", "-c", _TINY], check=True, capture_output=True, cwd=base)
    return {kind: base / kind for kind in ("bert", "distilbert", "static")}
