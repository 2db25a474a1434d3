"""Writing a listing on its pages: what stands between the routes and `market.actions.sketches`.

meaning  a sketch as it is read now       pages      each step, and the choices of its fields
posted   a step is kept, and what next    finishing  the last step stores the listing
rows     tables without scripts           clashes    two people changed the same parts
late     another window was first         kept       the session ended before the form came
advice   what a writer is advised about

Which inputs a step has, and how a form is read, is in `web.forms`; nothing here knows SQL.
"""
