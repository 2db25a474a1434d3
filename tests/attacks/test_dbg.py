import difflib
from tests.attacks.test_every_role_everywhere import *
def test_zdbg(town):
    import collections
    out=collections.defaultdict(list)
    for who in ("visitor","stranger","supervisor","administrator","own owner"):
        c=town.browser(who)
        ms=("GET",) if who in OURS else ("GET","POST","PUT","PATCH","DELETE")
        for r in town.routes(*ms):
            if r.method!="GET" and r not in hidden_routes(town,who,r.method): continue
            for f in found(town,c,who,r): out[(r.method,r.path,f)].append(who)
    for k,v in sorted(out.items()): print(k,v)
    c=town.browser('stranger')
    for r in hidden_routes(town,'stranger','PATCH','DELETE')[:2]+hidden_routes(town,'stranger','POST')[:2]:
        a=send(c,r,town.address(r)); b=send(c,r,town.address(r,**(NOT_THERE|{'id':987654})))
        print(r.path,a.status_code,b.status_code,a.headers)
        print('\n'.join(difflib.unified_diff(same(a)[1].splitlines(),same(b)[1].splitlines(),n=0))[:1500])
