"""科揭 on the web: turns requests into market queries and queries into pages.

Start at `app.py`, then `render.py` (page or fragment), `deps.py` (who asks, which rule) and one
file of `routes/` with its template of the same name. No SQL, no FAISS, no jieba lives here.
"""
