"""What a fresh installation knows: data files, and `load`, which brings them in through market
actions. Loading twice changes nothing. `market` knows nothing of this package."""
