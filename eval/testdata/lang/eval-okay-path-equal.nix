[ (/a/b == /a/./b) (/a == "/a") (/a == toString /a) (/a/b/.. == /a) (/a < /b) (/a/b < /a-b) ]
