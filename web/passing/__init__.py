"""What is passed on of a listing, beyond its page.

atom         lists as feeds               sitemaps   what search engines are led to
linked_data  schema.org                   citing     GB/T 7714, BibTeX, RIS
card         a few lines for a chat       paper      one sheet of A4
"""
