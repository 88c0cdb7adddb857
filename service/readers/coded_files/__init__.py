"""One file per tool in which people code: REFI-QDA, Taguette, QualCoder, RQDA, and coded tables of any kind."""
