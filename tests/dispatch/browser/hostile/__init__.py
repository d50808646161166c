"""An app whose controller has words that would like to be markup."""
