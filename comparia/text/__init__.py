"""Preparation of text: sentences, words, numbers, polarity, quotations. Each method has a name for signatures."""
