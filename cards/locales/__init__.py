"""Translation catalogues of the cards."""
