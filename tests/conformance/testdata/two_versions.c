/* A program of which -DNEW makes a later version: functions come and go, so that calls, loads, tables,
   pointers and strings move. Nothing runs it. */
static int counter;
int shared = 5;
static const int table[8] = {1, 5, 9, 2, 6, 5, 3, 5};
const char *names[4] = {"alpha", "beta", "gamma", "delta"};
int call_one(const char *text, int n);
int leaf(int n);
int last(int n, const char *text) { return n + text[0]; }

#define FUNCTION(x)                                                                     \
  int f##x(int a, const char *s) {                                                      \
    int r = a * x;                                                                      \
    if (a > x) r += call_one(s, a);                                                     \
    while (*s) {                                                                        \
      r ^= *s++ + table[(r >> 3) & 7];                                                  \
      if (r & 64) r += names[x & 3][1];                                                 \
    }                                                                                   \
    switch (a & 7) {                                                                    \
      case 0: r += leaf(x); break;                                                      \
      case 1: r -= leaf(a) + leaf(r); break;                                            \
      case 2: r *= 3; break;                                                            \
      case 3: r ^= counter; break;                                                      \
      case 4: counter += r; break;                                                      \
      case 5: r = -r; break;                                                            \
      case 6: r += 77; break;                                                           \
      default: r += last(r, s);                                                         \
    }                                                                                   \
    return r + x;                                                                       \
  }

#ifdef NEW
FUNCTION(99)
#endif
FUNCTION(1) FUNCTION(2) FUNCTION(3) FUNCTION(4) FUNCTION(5) FUNCTION(6) FUNCTION(7)
#ifdef NEW
static const char extra[] = "a string that the old version did not have";
int more(int a) {
  shared += a;
  return call_one(extra, shared) + f99(a, extra);
}
#endif
FUNCTION(8) FUNCTION(9) FUNCTION(10) FUNCTION(11) FUNCTION(12)
int (*all[12])(int, const char *) = {f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12};
__attribute__((noinline)) int call_one(const char *text, int n) {
  return all[n & 7](n - 1, text) + shared;
}
__attribute__((noinline)) int leaf(int n) {
#ifdef NEW
  return n + more(n);
#else
  return n + 3;
#endif
}
int main(void) { return call_one(names[1], 5); }
