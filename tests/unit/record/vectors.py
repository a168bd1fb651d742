#!/usr/bin/env python3
"""Makes the expected values of test_record.c from the written formats alone (hashlib; no code of Tamga)."""
import hashlib,struct
H=lambda *p: hashlib.sha256(b''.join(p)).digest()
def t(s): b=s.encode(); return struct.pack('>H',len(b))+b
k='K01A-3'
gen=H(b'tamga-genesis-1\0',k.encode()); print('genesis',gen.hex())
salt=bytes(range(16)); body='{"number":"0001-0000-01","n":"Айгүл"}'.encode()
bh=H(b'tamga-body-1\0',salt,body); print('body',bh.hex(), len(body))
def entry(seq,time,kind,ver,bh,prev): return H(b'tamga-entry-1\0',t(k),struct.pack('>Qq',seq,time),t(kind),struct.pack('>I',ver),bh,prev)
h1=entry(1,1795338930123,'application.submitted',1,bh,gen); print('hash1',h1.hex())
salt2=bytes([0xff]*16); b2=b'{}'; bh2=H(b'tamga-body-1\0',salt2,b2)
h2=entry(2,-1,'kiosk.started',7,bh2,h1); print('body2',bh2.hex()); print('hash2',h2.hex())
root=H(b'\1',H(b'\0',h1),H(b'\0',h2))
ack=b'tamga-ack-2\0'+t(k)+struct.pack('>Q',2)+h2+struct.pack('>q',1795338931000)+bytes(range(0xa0,0xb0))+struct.pack('>Q',2)+root; print('ack',ack.hex())
head=b'tamga-head-1\0'+t(k)+struct.pack('>Q',2)+h2; print('head',head.hex())
# The Merkle tree, from the recursive definitions of RFC 9162 2.1 alone
def MTH(D):
    if not D: return H(b'')
    if len(D)==1: return H(b'\0',D[0])
    k=1
    while 2*k<len(D): k*=2
    return H(b'\1',MTH(D[:k]),MTH(D[k:]))
def PATH(m,D):
    if len(D)<=1: return []
    k=1
    while 2*k<len(D): k*=2
    return PATH(m,D[:k])+[MTH(D[k:])] if m<k else PATH(m-k,D[k:])+[MTH(D[:k])]
def SUBPROOF(m,D,b):
    if m==len(D): return [] if b else [MTH(D)]
    k=1
    while 2*k<len(D): k*=2
    return SUBPROOF(m,D[:k],b)+[MTH(D[k:])] if m<=k else SUBPROOF(m-k,D[k:],False)+[MTH(D[:k])]
leaves=[struct.pack('>I',i) for i in range(40)]
for n in range(41): print('MTH',n,MTH(leaves[:n]).hex())
# All proofs of all trees up to 40 leaves, as one hash each: of the hashes one after the other
for n in (1,2,3,7,8,13,31,32,33,40):
    print('PATHS',n,H(*[h for m in range(n) for h in PATH(m,leaves[:n])]).hex())
    print('PROOFS',n,H(*[h for m in range(1,n+1) for h in SUBPROOF(m,leaves[:n],True)]).hex())
# Unique number: Reed-Solomon over GF(32), by logarithm tables
al='0123456789ABCDEFGHJKMNPQRSTVWXYZ'
exp=[1]
for i in range(30):
    v=exp[-1]<<1
    if v&32: v^=0b100101
    exp.append(v)
log={v:i for i,v in enumerate(exp)}
mul=lambda a,b: 0 if a==0 or b==0 else exp[(log[a]+log[b])%31]
inv=lambda a: exp[(-log[a])%31]
def num(no,c):
    v=(no<<30)|c; d=[(v>>(5*(9-i)))&31 for i in range(10)]
    s=w=0
    for i,x in enumerate(d): s^=x; w^=mul(exp[i],x)
    # c10+c11=s ; a10c10+a11c11=w -> c11=(w+a10 s)/(a10+a11)
    y=mul(w^mul(exp[10],s),inv(exp[10]^exp[11])); x=s^y
    d+=[x,y]; q=''.join(al[i] for i in d); return q[:4]+'-'+q[4:8]+'-'+q[8:]
for a in [(0,0),(1,1),(7,123456),(2**20-1,2**28-1),(524288,1)]: print(a,num(*a))
def iin_ok(s):
    d=[int(c) for c in s]
    r=sum(d[i]*(i+1) for i in range(11))%11
    if r==10: r=sum(d[i]*w for i,w in enumerate([3,4,5,6,7,8,9,10,11,1,2]))%11
    return r!=10 and r==d[11]
for b in ['140840021970','170840028120','050940007404']:
    assert iin_ok(b)
    und=[(i,c) for i in range(12) for c in '0123456789' if c!=b[i] and iin_ok(b[:i]+c+b[i+1:])]
    print(b,und)
# persons: generate some valid IIN synthetic
out=[]
for s in range(0,100000):
    base='9001013%04d'%s
    for c in '0123456789':
        if iin_ok(base+c): out.append(base+c)
    if len(out)>3: break
print(out)
# Numbers of the second pass of weights, and beginnings that have no check digit at all
sec=[];none=[]
for s in range(10000):
    base='0512316%04d'%s; d=[int(c) for c in base]
    r=sum(d[i]*(i+1) for i in range(11))%11
    r2=sum(d[i]*w for i,w in enumerate([3,4,5,6,7,8,9,10,11,1,2]))%11
    if r==10 and r2!=10: sec.append(base+str(r2))
    if r==10 and r2==10: none.append(base)
print(sec[:2],none[:2])
