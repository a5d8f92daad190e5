"""Nexmark: a stream of auctions, bids and people, and the queries asked of it."""
