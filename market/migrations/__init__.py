"""Alembic's scripts. Make one with `python -m alembic -c market/migrations/alembic.ini revision
--autogenerate -m "what changes"`; `market.db.migrate` applies them."""
