/* load - an independent Diameter (RFC 6733) load generator ("app") and server simulator ("dra").
 *
 * One file, no dependencies, one thread, epoll, nonblocking, batched reads and writes.
 *   gcc -O2 -Wall -o load load.c
 *   load app --help ; load dra --help
 *
 * It shares the machine with the system under test, so the cost per message is kept low: requests are
 * patched copies of a template, one recv()/send() carries as many messages as there are, outstanding
 * requests live in a ring indexed by their Hop-by-Hop Identifier, duplicate detection is a bitmap per
 * Origin-Host indexed by the End-to-End Identifier.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int64_t i64;
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

/* ------------------------------------------------------------------ small helpers */
static volatile sig_atomic_t g_stop, g_mute_toggle;
static void on_sig(int s) { if (s == SIGUSR1) g_mute_toggle = 1; else g_stop = 1; }

static void die(const char *fmt, ...) {
  va_list ap; va_start(ap, fmt); fprintf(stderr, "load: "); vfprintf(stderr, fmt, ap); fputc('\n', stderr);
  va_end(ap); exit(2);
}
static void *xm(size_t n) { void *p = malloc(n ? n : 1); if (!p) die("out of memory"); return p; }
static void *xz(size_t n) { void *p = calloc(1, n ? n : 1); if (!p) die("out of memory"); return p; }
static void *xr(void *o, size_t n) { void *p = realloc(o, n); if (!p) die("out of memory"); return p; }

static inline u64 now_ns(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return (u64)t.tv_sec * 1000000000ull + t.tv_nsec; }
static inline u32 rd32(const u8 *p) { u32 v; memcpy(&v, p, 4); return __builtin_bswap32(v); }
static inline u32 rd24(const u8 *p) { return (u32)p[0] << 16 | (u32)p[1] << 8 | p[2]; }
static inline void wr32(u8 *p, u32 v) { v = __builtin_bswap32(v); memcpy(p, &v, 4); }
static inline void wr24(u8 *p, u32 v) { p[0] = v >> 16; p[1] = v >> 8; p[2] = v; }
static inline u32 pad4(u32 n) { return (n + 3) & ~3u; }

static char DIG2[200];
static void dig_init(void) { for (int i = 0; i < 100; i++) { DIG2[2 * i] = '0' + i / 10; DIG2[2 * i + 1] = '0' + i % 10; } }
static inline void dec10(u8 *p, u32 v) { /* ten decimal digits */
  for (int i = 8; i >= 0; i -= 2) { u32 q = v / 100; memcpy(p + i, DIG2 + 2 * (v - q * 100), 2); v = q; }
}
static u64 rng_s;
static u32 rnd32(void) { rng_s ^= rng_s << 13; rng_s ^= rng_s >> 7; rng_s ^= rng_s << 17; return (u32)(rng_s >> 16); }

/* ------------------------------------------------------------------ log-linear histogram (ns, <0.8 % error) */
#define HN 6144
typedef struct { u64 c[HN], n, max, sum; } hist;
static inline u32 h_idx(u64 v) {
  if (v < 256) return (u32)v;
  u32 e = 63 - __builtin_clzll(v), sh = e - 7, i = sh * 128 + (u32)(v >> sh);
  return i < HN ? i : HN - 1;
}
static inline u64 h_val(u32 i) {
  if (i < 256) return i;
  u32 sh = i / 128 - 1; return (((u64)(i % 128 + 128)) << sh) + (1ull << sh) / 2;
}
static inline void h_add(hist *h, u64 v) { h->c[h_idx(v)]++; h->n++; h->sum += v; if (v > h->max) h->max = v; }
static double h_pct(const hist *h, double p) { /* microseconds */
  if (!h->n) return 0;
  u64 want = (u64)(p / 100.0 * h->n + 0.5), acc = 0; if (want < 1) want = 1; if (want > h->n) want = h->n;
  for (u32 i = 0; i < HN; i++) { acc += h->c[i]; if (acc >= want) { u64 v = h_val(i); return (v > h->max ? h->max : v) / 1000.0; } }
  return h->max / 1000.0;
}
static void h_dump(const hist *h, const char *path) { /* HdrHistogram percentile text format, value in us */
  FILE *f = fopen(path, "w"); if (!f) return;
  fprintf(f, "%12s %14s %10s %14s\n\n", "Value", "Percentile", "TotalCount", "1/(1-Percentile)");
  u64 acc = 0;
  for (u32 i = 0; i < HN; i++) if (h->c[i]) {
    acc += h->c[i]; double q = (double)acc / h->n; u64 v = h_val(i); if (v > h->max) v = h->max;
    if (q < 1) fprintf(f, "%12.3f %2.12f %10llu %14.2f\n", v / 1000.0, q, (unsigned long long)acc, 1 / (1 - q));
    else fprintf(f, "%12.3f %2.12f %10llu %14s\n", v / 1000.0, q, (unsigned long long)acc, "inf");
  }
  fprintf(f, "#[Mean = %.3f, Max = %.3f, Total count = %llu]\n", h->n ? h->sum / 1000.0 / h->n : 0, h->max / 1000.0, (unsigned long long)h->n);
  fclose(f);
}

/* ------------------------------------------------------------------ Diameter constants and building */
enum { C_CER = 257, C_RAR = 258, C_CCR = 272, C_DWR = 280, C_DPR = 282 };
enum { A_USER_NAME = 1, A_PROXY_STATE = 33, A_HOST_IP = 257, A_AUTH_APP = 258, A_ACCT_APP = 259, A_VSAI = 260, A_SESSION = 263,
       A_ORIGIN_HOST = 264, A_VENDOR_ID = 266, A_FIRMWARE = 267, A_RESULT = 268, A_PRODUCT = 269, A_DISC_CAUSE = 273, A_AUTH_SESS_STATE = 277,
       A_ORIGIN_STATE = 278, A_FAILED = 279, A_ROUTE_RECORD = 282, A_DEST_REALM = 283, A_PROXY_INFO = 284, A_REAUTH_TYPE = 285, A_DEST_HOST = 293,
       A_ORIGIN_REALM = 296, A_EXP_RESULT = 297, A_EXP_CODE = 298, A_CCR_NUM = 415, A_CCR_TYPE = 416, A_SVC_CTX = 461, A_SUPP_VENDOR = 265 };
#define F_R 0x80
#define F_P 0x40
#define F_E 0x20
#define F_T 0x10
#define VENDOR_3GPP 10415u

static u8 *avp(u8 *p, u32 code, const void *d, u32 n) { /* M bit, no vendor */
  wr32(p, code); p[4] = 0x40; wr24(p + 5, 8 + n); memcpy(p + 8, d, n);
  u32 e = pad4(n); if (e > n) memset(p + 8 + n, 0, e - n);
  return p + 8 + e;
}
static u8 *avps(u8 *p, u32 code, const char *s) { return avp(p, code, s, strlen(s)); }
static u8 *avpu(u8 *p, u32 code, u32 v) { wr32(p, code); p[4] = 0x40; wr24(p + 5, 12); wr32(p + 8, v); return p + 12; }
static u8 *avpu0(u8 *p, u32 code, u32 v) { u8 *q = avpu(p, code, v); p[4] = 0; return q; } /* M bit clear */
static u8 *avps0(u8 *p, u32 code, const char *s) { u8 *q = avps(p, code, s); p[4] = 0; return q; }
static u8 *avp_ip(u8 *p) { static const u8 a[6] = {0, 1, 127, 0, 0, 1}; return avp(p, A_HOST_IP, a, 6); }
static u8 *avp_vsai(u8 *p, u32 vendor, u32 app, int acct) {
  u8 b[24]; avpu(b, A_VENDOR_ID, vendor); avpu(b + 12, acct ? A_ACCT_APP : A_AUTH_APP, app); return avp(p, A_VSAI, b, 24);
}
static void hdr(u8 *p, u8 flags, u32 code, u32 app, u32 h2h, u32 e2e) {
  p[0] = 1; wr24(p + 1, 0); p[4] = flags; wr24(p + 5, code); wr32(p + 8, app); wr32(p + 12, h2h); wr32(p + 16, e2e);
}

/* ------------------------------------------------------------------ requests outstanding on a connection */
enum { S_FREE, S_OUT, S_DONE, S_TIMEDOUT, S_LOST };
typedef struct { u64 t; u32 seq; u32 st; } slot;
typedef struct {
  slot *s; u32 mask, seq, oldest, h2h0, e2e0, out;
  u8 *tmpl; u32 tlen, off_sid, off_num; /* template request; where the ten session digits and the CC-Request-Number value stand */
  u8 sid[160]; u32 sidn;                /* Session-Id value; its last ten bytes are the digits */
} ring;

static void ring_init(ring *r, u32 want, u32 e2e0) {
  u32 n = 256; while (n < want && n < (1u << 20)) n <<= 1;
  r->s = xz((size_t)n * sizeof(slot)); r->mask = n - 1; r->seq = r->oldest = 1; r->h2h0 = rnd32(); r->e2e0 = e2e0;
}
static inline int ring_take(ring *r, u64 t, u32 *seq) { /* next free sequence number; gaps where an old request is still out */
  if (unlikely(r->out > r->mask / 2)) return 0;
  u32 q = r->seq;
  while (r->s[q & r->mask].st == S_OUT) q++;
  slot *s = &r->s[q & r->mask];
  s->t = t; s->seq = q; s->st = S_OUT; r->seq = q + 1; r->out++; *seq = q; return 1;
}

/* ------------------------------------------------------------------ connections */
enum { ST_DOWN, ST_CONNECTING, ST_WAIT_CE, ST_OPEN, ST_DPR_SENT, ST_PEER_DPR };
typedef struct conn {
  int fd, idx, st, port_i, want_out, dirty, rd_off;
  u32 gen;
  u8 *left; u32 leftn, leftcap;
  u8 *wb; size_t ws, we, wcap;
  char oh[128];
  char peer_oh[128];
  ring r;
  u32 credits, dw_seq;
  u64 again_at, n_req, n_ans, opened_at;
  struct sockaddr_in to;
} conn;

static int ep = -1;
static conn **g_dirty; static u32 g_ndirty, g_dirtycap;
static void mark_dirty(conn *c) {
  if (c->dirty) return;
  if (g_ndirty == g_dirtycap) { g_dirtycap = g_dirtycap ? g_dirtycap * 2 : 256; g_dirty = xr(g_dirty, g_dirtycap * sizeof *g_dirty); }
  c->dirty = 1; g_dirty[g_ndirty++] = c;
}
static void ep_set(conn *c) {
  struct epoll_event e = {.events = (c->rd_off ? 0 : EPOLLIN) | (c->want_out ? EPOLLOUT : 0), .data.ptr = c};
  epoll_ctl(ep, EPOLL_CTL_MOD, c->fd, &e);
}
static inline u8 *wres(conn *c, size_t n) {
  if (unlikely(c->we + n > c->wcap)) {
    if (c->ws) { memmove(c->wb, c->wb + c->ws, c->we - c->ws); c->we -= c->ws; c->ws = 0; }
    if (c->we + n > c->wcap) { size_t k = c->wcap ? c->wcap : 16384; while (k < c->we + n) k *= 2; c->wb = xr(c->wb, k); c->wcap = k; }
  }
  return c->wb + c->we;
}
static u64 g_io_send, g_io_recv; /* syscalls */
static int wflush(conn *c) { /* 0 ok, -1 connection broken */
  while (c->ws < c->we) {
    ssize_t n = send(c->fd, c->wb + c->ws, c->we - c->ws, MSG_NOSIGNAL | MSG_DONTWAIT); g_io_send++;
    if (n > 0) { c->ws += n; continue; }
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) { if (!c->want_out) { c->want_out = 1; ep_set(c); } return 0; }
    return -1;
  }
  c->ws = c->we = 0;
  if (c->want_out) { c->want_out = 0; ep_set(c); }
  return 0;
}
static void finish(conn *c, u8 *start, u8 *end) { wr24(start + 1, end - start); c->we += end - start; }

static void sock_opts(int fd) {
  int one = 1, big = 4 << 20;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &big, sizeof big);
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &big, sizeof big);
}

#define GCAP (256u << 10)
static u8 G[GCAP];
typedef void (*msg_fn)(conn *, const u8 *, u32, u64);
static u64 g_bad_frames;
/* read once, hand every whole message to fn; 0 ok, -1 closed/broken */
static int pump(conn *c, msg_fn fn) {
  u32 have = c->leftn; if (have) memcpy(G, c->left, have);
  ssize_t n = recv(c->fd, G + have, GCAP - have, MSG_DONTWAIT); g_io_recv++;
  if (n == 0) return -1;
  if (n < 0) return (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) ? 0 : -1;
  u64 t = now_ns(); have += n; u32 p = 0; u32 gen = c->gen;
  while (have - p >= 4) {
    u32 len = rd24(G + p + 1);
    if (unlikely(G[p] != 1 || len < 20 || (len & 3) || len > GCAP)) { g_bad_frames++; return -1; }
    if (have - p < len) break;
    fn(c, G + p, len, t);
    if (unlikely(c->gen != gen)) return 0;
    p += len;
  }
  u32 rest = have - p;
  if (rest > c->leftcap) { c->leftcap = rest < 4096 ? 4096 : rest * 2; c->left = xr(c->left, c->leftcap); }
  if (rest) memcpy(c->left, G + p, rest);
  c->leftn = rest; return 0;
}
static void conn_reset(conn *c) {
  if (c->fd >= 0) close(c->fd);
  c->fd = -1; c->gen++; c->st = ST_DOWN; c->leftn = 0; c->ws = c->we = 0; c->want_out = c->rd_off = 0; c->credits = 0;
}

/* AVP walk: returns 0 when the lengths add up */
typedef struct { const u8 *p; u32 n; } sp; /* AVP data */
typedef struct {
  sp sid, oh, orealm, dh, dr, authapp, ccrt, ccrn, subsess; u32 result, expres, nrr, npi, napps; int sid_first; const u8 *first_rr; u32 first_rrn;
  const u8 *pi[16]; u32 pin[16];
  u32 apps[64]; u8 appk[64]; u32 appv[64]; /* kind: 0 auth, 1 acct, 2 vsai auth, 3 vsai acct */
} avps_t;
static int walk_grouped_vsai(const u8 *p, u32 n, avps_t *a) {
  u32 vend = 0, app = 0; int kind = -1;
  while (n >= 8) {
    u32 code = rd32(p), l = rd24(p + 5), h = (p[4] & 0x80) ? 12 : 8; if (l < h || pad4(l) > n + 3 || l > n) return -1;
    if (l >= h + 4) { if (code == A_VENDOR_ID) vend = rd32(p + h); else if (code == A_AUTH_APP) { app = rd32(p + h); kind = 2; } else if (code == A_ACCT_APP) { app = rd32(p + h); kind = 3; } }
    u32 s = pad4(l); if (s > n) s = n; p += s; n -= s;
  }
  if (kind >= 0 && a->napps < 64) { a->apps[a->napps] = app; a->appv[a->napps] = vend; a->appk[a->napps++] = kind; }
  return 0;
}
static int walk(const u8 *m, u32 len, avps_t *a) {
  const u8 *p = m + 20, *e = m + len; int first = 1;
  memset(a, 0, offsetof(avps_t, pi));
  while (p < e) {
    if (unlikely(e - p < 8)) return -1;
    u32 code = rd32(p), l = rd24(p + 5), h = (p[4] & 0x80) ? 12 : 8;
    if (unlikely(l < h || pad4(l) > (u32)(e - p))) return -1;
    if (!(p[4] & 0x80)) {
      sp v = {p + 8, l - 8};
      switch (code) {
        case A_SESSION: if (!a->sid.p) { a->sid = v; a->sid_first = first; } break;
        case A_ORIGIN_HOST: a->oh = v; break;
        case A_ORIGIN_REALM: a->orealm = v; break;
        case A_DEST_HOST: a->dh = v; break;
        case A_DEST_REALM: a->dr = v; break;
        case A_RESULT: if (v.n == 4) a->result = rd32(v.p); break;
        case A_EXP_RESULT: { const u8 *q = v.p; u32 n = v.n; while (n >= 8) { u32 ql = rd24(q + 5); if (ql < 8 || ql > n) break; if (rd32(q) == A_EXP_CODE && ql == 12) a->expres = rd32(q + 8); ql = pad4(ql); if (ql > n) ql = n; q += ql; n -= ql; } break; }
        case A_ROUTE_RECORD: if (!a->nrr++) { a->first_rr = v.p; a->first_rrn = v.n; } break;
        case A_PROXY_INFO: if (a->npi < 16) { a->pi[a->npi] = p; a->pin[a->npi++] = pad4(l); } break;
        case A_AUTH_APP: if (v.n == 4) { a->authapp = v; if (a->napps < 64) { a->apps[a->napps] = rd32(v.p); a->appk[a->napps++] = 0; } } break;
        case A_ACCT_APP: if (v.n == 4 && a->napps < 64) { a->apps[a->napps] = rd32(v.p); a->appk[a->napps++] = 1; } break;
        case A_VSAI: if (walk_grouped_vsai(v.p, v.n, a)) return -1; break;
        case A_CCR_TYPE: if (v.n == 4) a->ccrt = v; break;
        case A_CCR_NUM: if (v.n == 4) a->ccrn = v; break;
      }
    }
    first = 0; p += pad4(l);
  }
  return 0;
}
static int speq(sp a, const char *s) { u32 n = strlen(s); return a.p && a.n == n && !memcmp(a.p, s, n); }

/* counters by Result-Code */
typedef struct { u32 code; u64 n; } rc_t;
static rc_t g_rc[64]; static u32 g_nrc;
static void rc_count(u32 code) { for (u32 i = 0; i < g_nrc; i++) if (g_rc[i].code == code) { g_rc[i].n++; return; } if (g_nrc < 64) { g_rc[g_nrc].code = code; g_rc[g_nrc++].n = 1; } }

/* answer to a base-protocol request (CER handled apart) */
static void put_base_answer(conn *c, const u8 *m, const char *oh, const char *realm, u32 rc) {
  u8 *s = wres(c, 512), *p = s + 20;
  hdr(s, m[4] & F_P, rd24(m + 5), rd32(m + 8), rd32(m + 12), rd32(m + 16));
  if (rc >= 3000 && rc < 4000) s[4] |= F_E;
  p = avpu(p, A_RESULT, rc); p = avps(p, A_ORIGIN_HOST, oh); p = avps(p, A_ORIGIN_REALM, realm); finish(c, s, p);
}
static void put_dwr(conn *c, const char *oh, const char *realm) {
  u8 *s = wres(c, 512), *p = s + 20; u32 k = ++c->dw_seq;
  hdr(s, F_R, C_DWR, 0, 0x70000000u + k, 0x70000000u + ((u32)c->idx << 16) + k);
  p = avps(p, A_ORIGIN_HOST, oh); p = avps(p, A_ORIGIN_REALM, realm); finish(c, s, p);
}
static void put_dpr(conn *c, const char *oh, const char *realm) {
  u8 *s = wres(c, 512), *p = s + 20; u32 k = ++c->dw_seq;
  hdr(s, F_R, C_DPR, 0, 0x70000000u + k, 0x70000000u + ((u32)c->idx << 16) + k);
  p = avps(p, A_ORIGIN_HOST, oh); p = avps(p, A_ORIGIN_REALM, realm); p = avpu(p, A_DISC_CAUSE, 0); finish(c, s, p);
}
/* a 2001-style answer to an application request; returns the end of the answer written at s */
static u8 *build_answer(u8 *s, const u8 *m, const avps_t *a, const char *oh, u32 ohn, const char *realm, u32 realmn, u32 rc) {
  u8 *p = s + 20;
  hdr(s, m[4] & F_P, rd24(m + 5), rd32(m + 8), rd32(m + 12), rd32(m + 16));
  if (rc >= 3000 && rc < 4000) s[4] |= F_E;
  if (a->sid.p) p = avp(p, A_SESSION, a->sid.p, a->sid.n);
  p = avpu(p, A_RESULT, rc); p = avp(p, A_ORIGIN_HOST, oh, ohn); p = avp(p, A_ORIGIN_REALM, realm, realmn);
  if (!(s[4] & F_E)) {
    if (a->authapp.p) p = avpu(p, A_AUTH_APP, rd32(a->authapp.p));
    if (a->ccrt.p) p = avpu(p, A_CCR_TYPE, rd32(a->ccrt.p));
    if (a->ccrn.p) p = avpu(p, A_CCR_NUM, rd32(a->ccrn.p));
  }
  if (rc == 5005) { u8 f[8]; avp(f, A_ROUTE_RECORD, "", 0); p = avp(p, A_FAILED, f, 8); }
  for (u32 i = 0; i < a->npi; i++) { memcpy(p, a->pi[i], a->pin[i]); p += a->pin[i]; }
  wr24(s + 1, p - s); return p;
}

/* ------------------------------------------------------------------ shared options */
static const char *o_json, *o_hdr, *o_realm = "example.com";
static u32 o_app = 4;
static double o_seconds;
static char *strdup_fmt_d(const char *fmt, int d) { /* replaces the first %d */
  const char *q = strstr(fmt, "%d"); char *r;
  if (!q) return strdup(fmt);
  if (asprintf(&r, "%.*s%d%s", (int)(q - fmt), fmt, d, q + 2) < 0) die("oom");
  return r;
}
static void wait_events(struct epoll_event *ev, int max, int *n, u64 until) {
  u64 t = now_ns(); i64 w = until > t ? (i64)(until - t) : 0;
  struct timespec ts = {w / 1000000000, w % 1000000000};
  *n = epoll_pwait2(ep, ev, max, &ts, NULL);
  if (*n < 0) { if (errno != EINTR) die("epoll_pwait2: %s", strerror(errno)); *n = 0; }
}
static double cpu_self_us(void) {
  struct rusage r; getrusage(RUSAGE_SELF, &r);
  return r.ru_utime.tv_sec * 1e6 + r.ru_utime.tv_usec + r.ru_stime.tv_sec * 1e6 + r.ru_stime.tv_usec;
}
static void raise_nofile(void) { struct rlimit r; getrlimit(RLIMIT_NOFILE, &r); r.rlim_cur = r.rlim_max; setrlimit(RLIMIT_NOFILE, &r); }

/* ================================================================== APP MODE */
static struct {
  const char *connect, *prefix, *dest_realm, *dest_host; char *pids, *also;
  int conns, window, vendor_app, answer_push, reconnect, no_dpr, timeline, quiet;
  double rate, warmup, ramp_ms; int burst;
  u32 size, code, timeout_ms, dwr_ms;
} A = {.connect = "127.0.0.1:3868", .prefix = "app", .conns = 1, .window = 1, .warmup = 1, .size = 300, .code = C_CCR, .timeout_ms = 5000, .burst = 1};

static conn *ac;
static hist h_ok, h_err, h_late;
static struct {
  u64 sent, answered, ok, err, timeouts, lost_disc, late, dup, unknown, mism_e2e, mism_sid, sid_missing, bad_flags, malformed, unsendable;
  u64 disconnects, connects, reconnects, connect_fail, cea_bad, peer_dpr, dwr_rx, dwa_rx, dwr_tx, push_rx, push_misrouted, push_answered, req_unexpected, app_mismatch;
} K;
static u64 t_start, w0, w1, tw0, tw1; static int in_win, ended;
static u64 last_ok, max_gap, max_gap_at, fail_first, fail_last, nfail;
#define TLB 100000000ull
typedef struct { u32 sent, ok, err, timeout; } tl_t; static tl_t *TL; static u32 NTL;
static inline tl_t *tl(u64 t) { static tl_t none; if (!TL || t < t_start) return &none; u64 i = (t - t_start) / TLB; return i < NTL ? &TL[i] : &none; }
static void failed(u64 t) { nfail++; if (!fail_first || t < fail_first) fail_first = t; if (t > fail_last) fail_last = t; }
static inline int win_t(u64 t) { return t >= tw0 && in_win && (!ended || t < tw1); }

static void app_template(conn *c) {
  ring *r = &c->r; u8 *b = xm(A.size + 4096), *p = b + 20;
  char sid[160];
  hdr(b, F_R | F_P, A.code, o_app, 0, 0);
  struct timespec rt; clock_gettime(CLOCK_REALTIME, &rt);
  snprintf(sid, sizeof sid, "%s;%u;%010u", c->oh, (u32)((u64)rt.tv_sec * 1000 + rt.tv_nsec / 1000000), 0u);
  r->sidn = strlen(sid); memcpy(r->sid, sid, r->sidn);
  r->off_sid = 20 + 8 + r->sidn - 10;
  p = avps(p, A_SESSION, sid); 
  if (A.code != C_CCR && A.vendor_app) { p = avp_vsai(p, VENDOR_3GPP, o_app, 0); }
  if (A.code == C_CCR || !A.vendor_app) p = avpu(p, A_AUTH_APP, o_app);
  p = avps(p, A_ORIGIN_HOST, c->oh); p = avps(p, A_ORIGIN_REALM, o_realm); p = avps(p, A_DEST_REALM, A.dest_realm);
  if (A.code == C_CCR) {
    if (o_app == 4) p = avps(p, A_SVC_CTX, "32260@3gpp.org");
    p = avpu(p, A_CCR_TYPE, 1); p = avpu(p, A_CCR_NUM, 0); r->off_num = p - 4 - b;
  } else p = avpu(p, A_AUTH_SESS_STATE, 1);
  if (A.dest_host) p = avps(p, A_DEST_HOST, A.dest_host);
  u32 n = p - b, want = pad4(A.size);
  if (want >= n + 12) { u32 d = want - n - 8; u8 *x = xm(d); for (u32 i = 0; i < d; i++) x[i] = 'a' + i % 26; p = avp(p, A_USER_NAME, x, d); free(x); }
  r->tlen = p - b; wr24(b + 1, r->tlen); r->tmpl = b;
}
static inline int app_send1(conn *c, u64 t) {
  ring *r = &c->r; u32 q;
  if (unlikely(!ring_take(r, t, &q))) return 0;
  u8 *s = wres(c, r->tlen); memcpy(s, r->tmpl, r->tlen);
  wr32(s + 12, r->h2h0 + q); wr32(s + 16, r->e2e0 + q); dec10(s + r->off_sid, q);
  c->we += r->tlen; K.sent++; c->n_req++;
  if (TL) tl(t)->sent++;
  return 1;
}
static void app_cer(conn *c) {
  u8 *s = wres(c, 1024), *p = s + 20; u32 x = rnd32();
  hdr(s, F_R, C_CER, 0, x, x ^ 0x5a5a5a5a);
  p = avps(p, A_ORIGIN_HOST, c->oh); p = avps(p, A_ORIGIN_REALM, o_realm); p = avp_ip(p); p = avpu(p, A_VENDOR_ID, 0); p = avps0(p, A_PRODUCT, "load-app");
  if (A.vendor_app) { p = avpu(p, A_SUPP_VENDOR, VENDOR_3GPP); p = avp_vsai(p, VENDOR_3GPP, o_app, 0); } else p = avpu(p, A_AUTH_APP, o_app);
  p = avpu0(p, A_FIRMWARE, 1);
  finish(c, s, p); c->st = ST_WAIT_CE;
}
static void app_connect(conn *c) {
  c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0); if (c->fd < 0) die("socket: %s", strerror(errno));
  sock_opts(c->fd); c->st = ST_CONNECTING; c->again_at = 0;
  int rc = connect(c->fd, (struct sockaddr *)&c->to, sizeof c->to);
  if (rc < 0 && errno != EINPROGRESS) { close(c->fd); c->fd = -1; c->st = ST_DOWN; K.connect_fail++; c->again_at = now_ns() + 100000000ull; return; }
  struct epoll_event e = {.events = EPOLLIN | EPOLLOUT, .data.ptr = c}; c->want_out = 1; epoll_ctl(ep, EPOLL_CTL_ADD, c->fd, &e);
}
static void app_down(conn *c, int counted) {
  if (counted && !(ended && c->st >= ST_DPR_SENT)) { K.disconnects++; }
  ring *r = &c->r;
  if (r->s) for (u32 q = r->oldest; q != r->seq; q++) { slot *s = &r->s[q & r->mask]; if (s->seq == q && s->st == S_OUT) { s->st = S_LOST; r->out--; K.lost_disc++; failed(s->t); if (TL) tl(s->t)->timeout++; } }
  if (r->s) r->oldest = r->seq;
  conn_reset(c);
  if (A.reconnect && !ended) c->again_at = now_ns() + 100000000ull;
}
static void app_refill(conn *c) { /* closed loop */
  if (ended || c->st != ST_OPEN || A.rate > 0) return;
  u64 t = now_ns();
  while (c->r.out < (u32)A.window) if (!app_send1(c, t)) break;
}
static void app_msg(conn *c, const u8 *m, u32 len, u64 t) {
  u8 fl = m[4]; u32 code = rd24(m + 5); avps_t a;
  if (unlikely(fl & F_R)) {
    if (code == C_DWR) { K.dwr_rx++; put_base_answer(c, m, c->oh, o_realm, 2001); mark_dirty(c); return; }
    if (code == C_DPR) { K.peer_dpr++; put_base_answer(c, m, c->oh, o_realm, 2001); c->st = ST_PEER_DPR; mark_dirty(c); return; }
    if (walk(m, len, &a)) { K.malformed++; return; }
    K.push_rx++;
    if (!speq(a.dh, c->oh)) K.push_misrouted++;
    if (A.answer_push) { u8 *s = wres(c, len + 1024), *e = build_answer(s, m, &a, c->oh, strlen(c->oh), o_realm, strlen(o_realm), 2001); c->we += e - s; K.push_answered++; mark_dirty(c); }
    else K.req_unexpected++;
    return;
  }
  if (likely(code == A.code)) {
    ring *r = &c->r; u32 q = rd32(m + 12) - r->h2h0; slot *s = &r->s[q & r->mask];
    if (unlikely(s->seq != q || s->st == S_FREE)) { K.unknown++; return; }
    if (unlikely(s->st != S_OUT)) { if (s->st == S_DONE) K.dup++; else { K.late++; h_add(&h_late, t - s->t); s->st = S_DONE; } return; }
    s->st = S_DONE; r->out--; K.answered++; c->n_ans++;
    int bad = 0;
    if (unlikely(rd32(m + 16) != r->e2e0 + q)) { K.mism_e2e++; bad = 1; }
    if (unlikely(rd32(m + 8) != o_app)) { K.app_mismatch++; }
    if (unlikely((fl & F_T) || !(fl & F_P))) K.bad_flags++; /* T must be clear and P kept in an answer */
    if (unlikely(walk(m, len, &a))) { K.malformed++; failed(s->t); return; }
    if (unlikely(!a.sid.p)) { K.sid_missing++; if (!(fl & F_E)) bad = 1; }
    else { u8 d[10]; dec10(d, q);
      if (unlikely(a.sid.n != r->sidn || memcmp(a.sid.p, r->sid, r->sidn - 10) || memcmp(a.sid.p + r->sidn - 10, d, 10))) { K.mism_sid++; bad = 1; } }
    u32 rc = a.result ? a.result : a.expres;
    if (likely(rc == 2001 && !(fl & F_E) && !bad)) {
      K.ok++; if (win_t(s->t)) h_add(&h_ok, t - s->t);
      if (last_ok && in_win && !ended && t - last_ok > max_gap) { max_gap = t - last_ok; max_gap_at = last_ok; }
      last_ok = t; if (TL) tl(t)->ok++;
    } else { if (!bad || rc != 2001) { K.err++; rc_count(rc); } failed(s->t); if (win_t(s->t)) h_add(&h_err, t - s->t); if (TL) tl(t)->err++; }
    return;
  }
  if (code == C_CER) {
    if (c->st != ST_WAIT_CE) return;
    if (walk(m, len, &a) || a.result != 2001) { K.cea_bad++; rc_count(1000000 + a.result); c->st = ST_PEER_DPR; return; }
    c->st = ST_OPEN; K.connects++; c->opened_at = t;
    if (a.oh.p) snprintf(c->peer_oh, sizeof c->peer_oh, "%.*s", (int)a.oh.n, a.oh.p);
    return;
  }
  if (code == C_DWR) { K.dwa_rx++; return; }
  if (code == C_DPR) { return; }
  K.unknown++;
}
static void app_timeouts(u64 now) {
  u64 lim = (u64)A.timeout_ms * 1000000ull;
  for (int i = 0; i < A.conns; i++) {
    conn *c = &ac[i]; ring *r = &c->r; u32 before = r->out;
    while (r->oldest != r->seq) {
      slot *s = &r->s[r->oldest & r->mask];
      if (s->seq == r->oldest && s->st == S_OUT) {
        if (s->t + lim > now) break;
        s->st = S_TIMEDOUT; r->out--; K.timeouts++; failed(s->t); if (TL) tl(s->t)->timeout++;
      }
      r->oldest++;
    }
    if (r->out != before) { app_refill(c); mark_dirty(c); }
  }
}
typedef struct { int pid, also; u64 ticks0, ticks1; u64 rss, hwm, thr; } pidm;
static pidm PM[16]; static int NPM;
static u64 pid_ticks(int pid) {
  char b[64], s[2048]; snprintf(b, sizeof b, "/proc/%d/stat", pid); FILE *f = fopen(b, "r"); if (!f) return 0;
  size_t n = fread(s, 1, sizeof s - 1, f); fclose(f); s[n] = 0; char *p = strrchr(s, ')'); if (!p) return 0;
  unsigned long long ut = 0, st = 0; sscanf(p + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu", &ut, &st); return ut + st;
}
static void pid_mem(pidm *m) {
  char b[64], l[256]; snprintf(b, sizeof b, "/proc/%d/status", m->pid); FILE *f = fopen(b, "r"); if (!f) return;
  while (fgets(l, sizeof l, f)) { unsigned long long v; if (sscanf(l, "VmHWM: %llu", &v) == 1) m->hwm = v; if (sscanf(l, "VmRSS: %llu", &v) == 1) m->rss = v; if (sscanf(l, "Threads: %llu", &v) == 1) m->thr = v; }
  fclose(f);
}
static void sys_cpu(double *busy, double *total) {
  unsigned long long v[8] = {0}; FILE *f = fopen("/proc/stat", "r"); if (!f) return;
  if (fscanf(f, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", v, v + 1, v + 2, v + 3, v + 4, v + 5, v + 6, v + 7) < 4) { }
  fclose(f); double t = 0; for (int i = 0; i < 8; i++) t += v[i]; *total = t; *busy = t - v[3] - v[4];
}
static const char APP_HELP[] =
"load app: Diameter clients (Logic Apps)\n"
"  --connect H:P[,H:P]   target(s), connections are spread round robin   (127.0.0.1:3868)\n"
"  --conns C             connections, each with its own Origin-Host      (1)\n"
"  --window W            closed loop: requests outstanding per connection(1)\n"
"  --rate R              open loop: R requests/s in total, latency from the intended send time\n"
"  --burst N             open loop: N requests per scheduled instant     (1)\n"
"  --seconds D  --warmup S   measured time, and time before it           (10, 1)\n"
"  --size BYTES          request size, padded with User-Name             (300)\n"
"  --app-id N --code N   application and command                         (4, 272)\n"
"  --vendor-app          advertise the application in Vendor-Specific-Application-Id (3GPP)\n"
"  --origin-host-prefix P --realm R   Origin-Host is P<i>.R, i from 0    (app, example.com)\n"
"  --dest-realm R --dest-host H\n"
"  --timeout-ms N        a request without answer that long is unanswered(5000)\n"
"  --answer-push         answer requests that arrive (RAR...) with 2001\n"
"  --ramp-ms N           open the connections N ms apart instead of all at once\n"
"  --reconnect           reconnect 100 ms after a connection is lost\n"
"  --dwr-ms N            send a Device-Watchdog-Request on each connection every N ms\n"
"  --no-dpr              close without Disconnect-Peer-Request at the end\n"
"  --pid P1,P2           CPU time and memory of these processes in the measured window (cpu_us_per_transaction is their sum)\n"
"  --also-pid P3         the same for other helpers of the run (the DRA), kept out of that sum; JSON other_busy_cores is\n"
"                        what neither they nor load used: a run where it is well above 0 was disturbed\n"
"  --timeline            per-100-ms counts in the JSON\n"
"  --json FILE (- = stdout)   --hdr FILE (percentile dump)   --quiet\n";

static int app_main(int argc, char **argv) {
  static struct option L[] = {{"connect", 1, 0, 'c'}, {"conns", 1, 0, 'C'}, {"window", 1, 0, 'W'}, {"rate", 1, 0, 'R'}, {"seconds", 1, 0, 'D'}, {"warmup", 1, 0, 'S'},
    {"size", 1, 0, 's'}, {"app-id", 1, 0, 'a'}, {"code", 1, 0, 'k'}, {"origin-host-prefix", 1, 0, 'o'}, {"realm", 1, 0, 'r'}, {"dest-realm", 1, 0, 'd'}, {"dest-host", 1, 0, 'h'},
    {"vendor-app", 0, 0, 'v'}, {"timeout-ms", 1, 0, 't'}, {"answer-push", 0, 0, 'p'}, {"pid", 1, 0, 'P'}, {"json", 1, 0, 'j'}, {"reconnect", 0, 0, 'n'}, {"hdr", 1, 0, 'H'},
    {"no-dpr", 0, 0, 1}, {"dwr-ms", 1, 0, 2}, {"timeline", 0, 0, 3}, {"burst", 1, 0, 4}, {"quiet", 0, 0, 5}, {"also-pid", 1, 0, 6}, {"ramp-ms", 1, 0, 7}, {"help", 0, 0, '?'}, {0, 0, 0, 0}};
  int o; o_seconds = 10;
  while ((o = getopt_long(argc, argv, "", L, 0)) != -1) switch (o) {
    case 'c': A.connect = optarg; break; case 'C': A.conns = atoi(optarg); break; case 'W': A.window = atoi(optarg); break; case 'R': A.rate = atof(optarg); break;
    case 'D': o_seconds = atof(optarg); break; case 'S': A.warmup = atof(optarg); break; case 's': A.size = atoi(optarg); break; case 'a': o_app = strtoul(optarg, 0, 0); break;
    case 'k': A.code = atoi(optarg); break; case 'o': A.prefix = optarg; break; case 'r': o_realm = optarg; break; case 'd': A.dest_realm = optarg; break; case 'h': A.dest_host = optarg; break;
    case 'v': A.vendor_app = 1; break; case 't': A.timeout_ms = atoi(optarg); break; case 'p': A.answer_push = 1; break; case 'P': A.pids = strdup(optarg); break; case 'j': o_json = optarg; break;
    case 'n': A.reconnect = 1; break; case 'H': o_hdr = optarg; break; case 1: A.no_dpr = 1; break; case 2: A.dwr_ms = atoi(optarg); break; case 3: A.timeline = 1; break;
    case 4: A.burst = atoi(optarg); break; case 5: A.quiet = 1; break; case 6: A.also = strdup(optarg); break; case 7: A.ramp_ms = atof(optarg); break;
    default: fputs(APP_HELP, o == '?' ? stderr : stdout); return 2;
  }
  if (A.conns < 1 || A.window < 1 || A.burst < 1 || A.size > 200000) die("bad --conns/--window/--burst/--size");
  if (!A.dest_realm) A.dest_realm = o_realm;
  struct sockaddr_in tgt[16]; int nt = 0;
  { char *s = strdup(A.connect); for (char *q = strtok(s, ","); q && nt < 16; q = strtok(NULL, ",")) { char *k = strrchr(q, ':'); if (!k) die("--connect HOST:PORT"); *k = 0; memset(&tgt[nt], 0, sizeof tgt[0]);
      tgt[nt].sin_family = AF_INET; tgt[nt].sin_port = htons(atoi(k + 1)); if (inet_pton(AF_INET, q, &tgt[nt].sin_addr) != 1) die("bad address %s", q); nt++; } }
  if (A.pids) for (char *q = strtok(A.pids, ","); q && NPM < 16; q = strtok(NULL, ",")) PM[NPM++].pid = atoi(q);
  if (A.also) for (char *q = strtok(A.also, ","); q && NPM < 16; q = strtok(NULL, ",")) { PM[NPM].also = 1; PM[NPM++].pid = atoi(q); }
  ac = xz(sizeof(conn) * A.conns);
  u32 rw = A.window * 4;
  if (A.rate > 0) { double x = A.rate / A.conns * (A.timeout_ms / 1000.0 + 1) * 3; if (A.conns > 1) x *= 2; rw = x < 1024 ? 1024 : x > 500000 ? 500000 : (u32)x; }
  u32 e0 = rnd32();
  for (int i = 0; i < A.conns; i++) {
    conn *c = &ac[i]; c->idx = i; c->fd = -1; c->to = tgt[i % nt]; snprintf(c->oh, sizeof c->oh, "%s%d.%s", A.prefix, i, o_realm);
    ring_init(&c->r, rw, e0 + (u32)((u64)i * 0x100000000ull / A.conns)); app_template(c);
    if (A.ramp_ms > 0) c->again_at = now_ns() + (u64)(i * A.ramp_ms * 1e6); else app_connect(c);
  }
  struct epoll_event ev[512]; int n;
  u64 t_conn0 = now_ns(), hs_dead = t_conn0 + 10000000000ull + (u64)(A.ramp_ms * 1e6 * A.conns); int open = 0; u64 t_hs = 0;
  u64 rate_i = 0, next_t = 0, tick = 0, rr = 0, next_dwr = 0; double cpu0 = 0, cpu1 = 0, sb0 = 0, st0 = 0, sb1 = 0, st1 = 0; u64 sends0 = 0, recvs0 = 0, sends1 = 0, recvs1 = 0;
  u64 ans0 = 0, ok0 = 0, sent0 = 0, err0 = 0, ans1 = 0, ok1 = 0, sent1 = 0, err1 = 0; int running = 0; u64 dpr_dead = 0;
  for (;;) {
    u64 now = now_ns();
    if (!running) {
      open = 0; int pend = 0; for (int i = 0; i < A.conns; i++) { if (ac[i].st == ST_OPEN) open++; else if (ac[i].st == ST_CONNECTING || ac[i].st == ST_WAIT_CE || ac[i].again_at) pend++; }
      for (int i = 0; i < A.conns; i++) if (ac[i].st == ST_DOWN && ac[i].again_at && now >= ac[i].again_at) app_connect(&ac[i]);
      if (!pend || now > hs_dead || g_stop) {
        if (!open) { fprintf(stderr, "load app: no connection could be opened (%d asked, connect failures %llu, CEA refused %llu)\n", A.conns, (unsigned long long)K.connect_fail, (unsigned long long)K.cea_bad); return 1; }
        t_hs = now - t_conn0; running = 1; t_start = now; w0 = now + (u64)(A.warmup * 1e9); w1 = w0 + (u64)(o_seconds * 1e9); next_t = now; tick = now + 20000000; next_dwr = now;
        if (A.timeline) { NTL = (u32)((A.warmup + o_seconds + A.timeout_ms / 1000.0 + 2) * 10); TL = xz(NTL * sizeof(tl_t)); }
        for (int i = 0; i < A.conns; i++) { app_refill(&ac[i]); if (ac[i].st == ST_OPEN && wflush(&ac[i]) < 0) app_down(&ac[i], 1); }
      }
    } else {
      if (!in_win && now >= w0) { in_win = 1; tw0 = now; ans0 = K.answered; ok0 = K.ok; sent0 = K.sent; err0 = K.err; cpu0 = cpu_self_us(); sys_cpu(&sb0, &st0); sends0 = g_io_send; recvs0 = g_io_recv; for (int i = 0; i < NPM; i++) PM[i].ticks0 = pid_ticks(PM[i].pid); }
      if (!ended && (now >= w1 || g_stop)) {
        if (!in_win) { in_win = 1; tw0 = now; }
        ended = 1; tw1 = now; ans1 = K.answered; ok1 = K.ok; sent1 = K.sent; err1 = K.err; cpu1 = cpu_self_us(); sys_cpu(&sb1, &st1); sends1 = g_io_send; recvs1 = g_io_recv;
        for (int i = 0; i < NPM; i++) { PM[i].ticks1 = pid_ticks(PM[i].pid); pid_mem(&PM[i]); }
      }
      if (!ended && A.rate > 0) while (next_t <= now) {
        for (int b = 0; b < A.burst; b++) {
          int k; for (k = 0; k < A.conns; k++) { conn *c = &ac[rr++ % A.conns]; if (c->st == ST_OPEN && app_send1(c, next_t)) { mark_dirty(c); break; } }
          if (k == A.conns) { K.unsendable++; failed(next_t); }
        }
        rate_i += A.burst; next_t = t_start + (u64)(rate_i * 1e9 / A.rate);
      }
      if (now >= tick) {
        tick = now + 20000000; app_timeouts(now);
        for (int i = 0; i < A.conns; i++) if (ac[i].st == ST_DOWN && ac[i].again_at && now >= ac[i].again_at && !ended) { app_connect(&ac[i]); K.reconnects++; }
        if (A.dwr_ms && !ended && now >= next_dwr) { next_dwr = now + A.dwr_ms * 1000000ull; for (int i = 0; i < A.conns; i++) if (ac[i].st == ST_OPEN) { put_dwr(&ac[i], ac[i].oh, o_realm); K.dwr_tx++; mark_dirty(&ac[i]); } }
      }
      if (ended) {
        u64 out = 0; int up = 0; for (int i = 0; i < A.conns; i++) { out += ac[i].r.out; if (ac[i].st == ST_OPEN || ac[i].st == ST_DPR_SENT) up++; }
        if (!dpr_dead && (!out || now > tw1 + (A.timeout_ms + 100) * 1000000ull)) {
          dpr_dead = now + 500000000ull;
          if (!A.no_dpr) for (int i = 0; i < A.conns; i++) if (ac[i].st == ST_OPEN) { put_dpr(&ac[i], ac[i].oh, o_realm); ac[i].st = ST_DPR_SENT; mark_dirty(&ac[i]); }
        }
        if (dpr_dead && (A.no_dpr || !up || now > dpr_dead)) break;
      }
    }
    for (u32 i = 0; i < g_ndirty; i++) { conn *c = g_dirty[i]; c->dirty = 0; if (c->st >= ST_WAIT_CE && c->fd >= 0 && !c->want_out && wflush(c) < 0) app_down(c, 1); }
    g_ndirty = 0;
    u64 until = running ? tick : now + 5000000;
    if (running && !ended) { if (A.rate > 0 && next_t < until) until = next_t; if (!in_win && w0 < until) until = w0; if (w1 < until) until = w1; }
    wait_events(ev, 512, &n, until);
    for (int i = 0; i < n; i++) {
      conn *c = ev[i].data.ptr; u32 e = ev[i].events;
      if (c->fd < 0) continue;
      if (unlikely(c->st == ST_CONNECTING)) {
        int err = 0; socklen_t el = sizeof err; getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &err, &el);
        if (err) { K.connect_fail++; conn_reset(c); if (A.reconnect || !running) c->again_at = now_ns() + 100000000ull; continue; }
        c->want_out = 0; ep_set(c); app_cer(c); if (wflush(c) < 0) app_down(c, 1); continue;
      }
      if (e & EPOLLOUT) if (wflush(c) < 0) { app_down(c, 1); continue; }
      if (e & (EPOLLIN | EPOLLHUP | EPOLLERR)) {
        int was = c->st;
        if (pump(c, app_msg) < 0) { int dpr = c->st == ST_DPR_SENT; app_down(c, !dpr); if (!running) c->again_at = 0; continue; }
        if (was != ST_OPEN && c->st != ST_OPEN) { if (wflush(c) < 0) app_down(c, 1); continue; }
        if (running) app_refill(c);
        if (c->we > c->ws && !c->want_out && !c->dirty && wflush(c) < 0) app_down(c, 1);
      }
    }
  }
  double win = (tw1 - tw0) / 1e9; u64 wa = ans1 - ans0, wok = ok1 - ok0;
  double tps = win > 0 ? wok / win : 0, pidcpu = 0, alsocpu = 0; long hz = sysconf(_SC_CLK_TCK);
  for (int i = 0; i < NPM; i++) *(PM[i].also ? &alsocpu : &pidcpu) += (PM[i].ticks1 - PM[i].ticks0) * 1e6 / hz;
  u64 unans = K.timeouts + K.lost_disc, mism = K.mism_e2e + K.mism_sid + K.unknown;
  int fin_open = 0; for (int i = 0; i < A.conns; i++) if (ac[i].opened_at) fin_open++;
  double sysb = st1 > st0 ? (sb1 - sb0) / (st1 - st0) : 0;
  if (!A.quiet) printf("app conns %d/%d: sent %llu answered %llu ok_2001 %llu err %llu unanswered %llu (timeout %llu, lost with conn %llu, late %llu) dup %llu mismatched %llu disc %llu | %.0f tx/s in %.2fs | us p50 %.0f p90 %.0f p99 %.0f p99.9 %.0f max %.0f | cpu us/tx: pid %.3f self %.3f sys-busy %.0f%%",
    fin_open, A.conns, (unsigned long long)K.sent, (unsigned long long)K.answered, (unsigned long long)K.ok, (unsigned long long)K.err, (unsigned long long)unans, (unsigned long long)K.timeouts, (unsigned long long)K.lost_disc, (unsigned long long)K.late,
    (unsigned long long)K.dup, (unsigned long long)mism, (unsigned long long)K.disconnects, tps, win, h_pct(&h_ok, 50), h_pct(&h_ok, 90), h_pct(&h_ok, 99), h_pct(&h_ok, 99.9), h_ok.max / 1000.0, wa ? pidcpu / wa : 0, wa ? (cpu1 - cpu0) / wa : 0, sysb * 100);
  if (!A.quiet) { for (int i = 0; i < NPM; i++) printf(" | pid %d rss %.1f hwm %.1f MiB", PM[i].pid, PM[i].rss / 1024.0, PM[i].hwm / 1024.0); for (u32 i = 0; i < g_nrc; i++) printf(" | rc %u: %llu", g_rc[i].code, (unsigned long long)g_rc[i].n); }
  if (!A.quiet) {
    if (nfail) printf(" | failures %llu, intended between %.3fs and %.3fs", (unsigned long long)nfail, (fail_first - t_start) / 1e9, (fail_last - t_start) / 1e9);
    putchar('\n'); fflush(stdout);
  }
  if (o_hdr) h_dump(&h_ok, o_hdr);
  if (o_json) {
    FILE *f = strcmp(o_json, "-") ? fopen(o_json, "w") : stdout; if (!f) die("cannot write %s", o_json);
#define J(k, v) fprintf(f, "  \"%s\": %llu,\n", k, (unsigned long long)(v))
#define JF(k, v) fprintf(f, "  \"%s\": %.3f,\n", k, (double)(v))
    fprintf(f, "{\n  \"mode\": \"app\",\n"); J("conns_asked", A.conns); J("conns_opened", fin_open); J("window", A.rate > 0 ? 0 : A.window); JF("rate", A.rate); J("request_bytes", ac[0].r.tlen);
    J("sent", K.sent); J("answered", K.answered); J("ok_2001", K.ok); J("errors", K.err); J("unanswered", unans); J("timeouts", K.timeouts); J("lost_on_disconnect", K.lost_disc); J("late_answers", K.late);
    J("duplicates", K.dup); J("mismatched", mism); J("mismatched_e2e", K.mism_e2e); J("mismatched_session", K.mism_sid); J("unknown_h2h", K.unknown); J("session_id_missing", K.sid_missing); J("bad_answer_flags", K.bad_flags); J("app_id_mismatch", K.app_mismatch);
    J("malformed", K.malformed + g_bad_frames); J("unsendable", K.unsendable); J("connects", K.connects); J("connect_failures", K.connect_fail); J("cea_refused", K.cea_bad); J("disconnects", K.disconnects); J("reconnects", K.reconnects); J("peer_dpr", K.peer_dpr);
    J("dwr_received", K.dwr_rx); J("dwr_sent", K.dwr_tx); J("dwa_received", K.dwa_rx); J("push_received", K.push_rx); J("push_misrouted", K.push_misrouted); J("push_answered", K.push_answered);
    fprintf(f, "  \"result_codes\": {"); for (u32 i = 0; i < g_nrc; i++) fprintf(f, "%s\"%u\": %llu", i ? ", " : "", g_rc[i].code, (unsigned long long)g_rc[i].n); fprintf(f, "},\n");
    JF("handshake_ms", t_hs / 1e6); JF("window_s", win); J("window_sent", sent1 - sent0); J("window_answered", wa); J("window_ok", wok); J("window_errors", err1 - err0); JF("throughput_per_s", tps); JF("answered_per_s", win > 0 ? wa / win : 0);
    fprintf(f, "  \"latency_us\": {\"n\": %llu, \"mean\": %.1f, \"p50\": %.1f, \"p90\": %.1f, \"p99\": %.1f, \"p99_9\": %.1f, \"p99_99\": %.1f, \"max\": %.1f},\n", (unsigned long long)h_ok.n, h_ok.n ? h_ok.sum / 1000.0 / h_ok.n : 0, h_pct(&h_ok, 50), h_pct(&h_ok, 90), h_pct(&h_ok, 99), h_pct(&h_ok, 99.9), h_pct(&h_ok, 99.99), h_ok.max / 1000.0);
    fprintf(f, "  \"error_latency_us\": {\"n\": %llu, \"p50\": %.1f, \"p99\": %.1f, \"max\": %.1f},\n", (unsigned long long)h_err.n, h_pct(&h_err, 50), h_pct(&h_err, 99), h_err.max / 1000.0);
    fprintf(f, "  \"late_latency_us\": {\"n\": %llu, \"p50\": %.1f, \"max\": %.1f},\n", (unsigned long long)h_late.n, h_pct(&h_late, 50), h_late.max / 1000.0);
    JF("max_ok_gap_ms", max_gap / 1e6); JF("max_ok_gap_at_s", max_gap_at ? (max_gap_at - t_start) / 1e9 : 0); J("failures", nfail); JF("fail_first_s", nfail ? (fail_first - t_start) / 1e9 : 0); JF("fail_last_s", nfail ? (fail_last - t_start) / 1e9 : 0); JF("fail_span_ms", nfail ? (fail_last - fail_first) / 1e6 : 0);
    JF("cpu_us_per_transaction", wa ? pidcpu / wa : 0); JF("pid_cpu_s", pidcpu / 1e6); JF("self_cpu_us_per_transaction", wa ? (cpu1 - cpu0) / wa : 0); JF("system_busy_fraction", sysb); JF("also_cpu_us_per_transaction", wa ? alsocpu / wa : 0); JF("other_busy_cores", win > 0 ? (sb1 - sb0) / hz / win - (pidcpu + alsocpu + cpu1 - cpu0) / 1e6 / win : 0);
    JF("messages_per_send_call", sends1 > sends0 ? (double)(sent1 - sent0) / (sends1 - sends0) : 0); JF("messages_per_recv_call", recvs1 > recvs0 ? (double)wa / (recvs1 - recvs0) : 0);
    fprintf(f, "  \"pids\": ["); for (int i = 0; i < NPM; i++) fprintf(f, "%s{\"pid\": %d, \"cpu_us\": %.0f, \"cores\": %.3f, \"rss_kib\": %llu, \"hwm_kib\": %llu, \"threads\": %llu}", i ? ", " : "", PM[i].pid, (PM[i].ticks1 - PM[i].ticks0) * 1e6 / hz, win > 0 ? (PM[i].ticks1 - PM[i].ticks0) / (double)hz / win : 0, (unsigned long long)PM[i].rss, (unsigned long long)PM[i].hwm, (unsigned long long)PM[i].thr); fprintf(f, "],\n");
    if (TL) { u32 last = (u32)((now_ns() - t_start) / TLB) + 1; if (last > NTL) last = NTL; fprintf(f, "  \"timeline_100ms\": {\"sent\": ["); for (u32 i = 0; i < last; i++) fprintf(f, "%s%u", i ? "," : "", TL[i].sent); fprintf(f, "], \"ok\": ["); for (u32 i = 0; i < last; i++) fprintf(f, "%s%u", i ? "," : "", TL[i].ok);
      fprintf(f, "], \"err\": ["); for (u32 i = 0; i < last; i++) fprintf(f, "%s%u", i ? "," : "", TL[i].err); fprintf(f, "], \"unanswered_by_send_time\": ["); for (u32 i = 0; i < last; i++) fprintf(f, "%s%u", i ? "," : "", TL[i].timeout); fprintf(f, "]},\n"); }
    fprintf(f, "  \"end\": true\n}\n"); if (f != stdout) fclose(f);
  }
  return (K.ok && !mism) ? 0 : 1;
}

/* ================================================================== DRA MODE */
static struct {
  char *ports; const char *oh_fmt, *listen, *push_host, *push_realm; double push_rate; u32 push_app, push_count, push_timeout_ms;
  u64 delay_us, jitter_us, mute_after, drop_every, error_every; u32 error_code, cea_code; int require_rr, mute_noread, dpr_on_exit, quiet; u32 dwr_ms;
} D = {.oh_fmt = "dra%d.example.com", .listen = "127.0.0.1", .push_realm = NULL, .push_app = 4, .push_count = 1, .push_timeout_ms = 5000, .cea_code = 2001};

typedef struct { int fd, port; char *oh; u32 ohn; u64 req, conns; } lst;
static lst LS[64]; static int NLS;
static conn **dc; static u32 ndc, dccap;
static struct {
  u64 req, tflag, distinct, dup, dup_t, rr, rr_missing, rr_first_is_oh, rr_multi, bytes, answered, errored, dropped, muted, accepted, closed, cer, dwr, dpr, dwa, malformed, no_sid, sid_not_first, misrouted_host, misrouted_realm, proxy_info, not_p, no_origin, before_cer, orphan_ans;
  u64 push_sent, push_answered, push_ok, push_err, push_timeout, push_mismatch, push_wrong_host, push_unsendable, push_dup;
} Q;
static int muted; static u64 first_req_t, last_req_t;
/* Origin-Host -> bitmap of End-to-End ids seen */
typedef struct { char *name; u32 n; u64 h; u64 **page; u64 distinct, dup; } org;
static org *OG; static u32 nog, *oght, oghm;
static u64 hash_b(const u8 *p, u32 n) { u64 h = 0x9e3779b97f4a7c15ull ^ n, k; while (n >= 8) { memcpy(&k, p, 8); h = (h ^ k) * 0xff51afd7ed558ccdull; h ^= h >> 32; p += 8; n -= 8; } k = 0; memcpy(&k, p, n); h = (h ^ k) * 0xc4ceb9fe1a85ec53ull; return h ^ h >> 29; }
static org *org_get(const u8 *p, u32 n) {
  u64 h = hash_b(p, n);
  if (!oghm) { oghm = 1023; oght = xz(4 * 1024); }
  for (u32 i = (u32)h & oghm;; i = (i + 1) & oghm) {
    if (!oght[i]) {
      if ((nog & 255) == 0) OG = xr(OG, sizeof(org) * (nog + 256));
      org *o = &OG[nog++]; memset(o, 0, sizeof *o); o->name = strndup((const char *)p, n); o->n = n; o->h = h; o->page = xz(65536 * sizeof(u64 *)); oght[i] = nog;
      if (nog * 2 > oghm) { u32 m = oghm * 2 + 1; u32 *t = xz(4 * (size_t)(m + 1)); for (u32 j = 0; j < nog; j++) { u32 k = (u32)OG[j].h & m; while (t[k]) k = (k + 1) & m; t[k] = j + 1; } free(oght); oght = t; oghm = m; }
      return o;
    }
    org *o = &OG[oght[i] - 1]; if (o->h == h && o->n == n && !memcmp(o->name, p, n)) return o;
  }
}
static int org_seen(org *o, u32 e2e) { u64 *pg = o->page[e2e >> 16]; if (unlikely(!pg)) pg = o->page[e2e >> 16] = xz(8192); u32 b = e2e & 65535; u64 m = 1ull << (b & 63); if (pg[b >> 6] & m) return 1; pg[b >> 6] |= m; return 0; }

/* delayed answers: binary heap by due time */
typedef struct { u64 due; conn *c; u32 gen, n; u8 *b; } dly; static dly *HP; static u32 nhp, hpcap;
static void hp_push(dly d) {
  if (nhp == hpcap) { hpcap = hpcap ? hpcap * 2 : 1024; HP = xr(HP, hpcap * sizeof(dly)); }
  u32 i = nhp++; while (i && HP[(i - 1) / 2].due > d.due) { HP[i] = HP[(i - 1) / 2]; i = (i - 1) / 2; } HP[i] = d;
}
static dly hp_pop(void) {
  dly r = HP[0], d = HP[--nhp]; u32 i = 0;
  for (;;) { u32 k = 2 * i + 1; if (k >= nhp) break; if (k + 1 < nhp && HP[k + 1].due < HP[k].due) k++; if (HP[k].due >= d.due) break; HP[i] = HP[k]; i = k; }
  if (nhp) HP[i] = d;
  return r;
}
static char **PH; static u32 NPH; /* push targets */
static hist h_pushl;

static void dra_cea(conn *c, const u8 *m, u32 len) {
  avps_t a; lst *l = &LS[c->port_i]; u8 *s, *p; u32 rc = D.cea_code;
  if (walk(m, len, &a)) { Q.malformed++; return; }
  Q.cer++; if (a.oh.p) snprintf(c->peer_oh, sizeof c->peer_oh, "%.*s", (int)a.oh.n, a.oh.p);
  s = wres(c, 4096); p = s + 20; hdr(s, m[4] & F_P, C_CER, rd32(m + 8), rd32(m + 12), rd32(m + 16));
  if (rc >= 3000 && rc < 4000) s[4] |= F_E;
  p = avpu(p, A_RESULT, rc); p = avps(p, A_ORIGIN_HOST, l->oh); p = avps(p, A_ORIGIN_REALM, o_realm); p = avp_ip(p); p = avpu(p, A_VENDOR_ID, 0); p = avps0(p, A_PRODUCT, "load-dra");
  int relay = 0, v3 = 0;
  for (u32 i = 0; i < a.napps; i++) if (a.appk[i] >= 2 && a.appv[i] == VENDOR_3GPP && !v3) { v3 = 1; p = avpu(p, A_SUPP_VENDOR, VENDOR_3GPP); }
  for (u32 i = 0; i < a.napps; i++) if (a.appk[i] == 0) { p = avpu(p, A_AUTH_APP, a.apps[i]); if (a.apps[i] == 0xffffffffu) relay = 1; }
  if (!relay) p = avpu(p, A_AUTH_APP, 0xffffffffu);
  for (u32 i = 0; i < a.napps; i++) if (a.appk[i] == 1) p = avpu(p, A_ACCT_APP, a.apps[i]);
  for (u32 i = 0; i < a.napps; i++) if (a.appk[i] >= 2) p = avp_vsai(p, a.appv[i], a.apps[i], a.appk[i] == 3);
  p = avpu0(p, A_FIRMWARE, 1); finish(c, s, p); if (rc == 2001) c->st = ST_OPEN;
}
static void dra_push_tmpl(conn *c) {
  ring *r = &c->r; u8 *b = xm(4096), *p = b + 20; char sid[160]; lst *l = &LS[c->port_i]; struct timespec rt; clock_gettime(CLOCK_REALTIME, &rt);
  hdr(b, F_R | F_P, C_RAR, D.push_app, 0, 0); snprintf(sid, sizeof sid, "%s;%u;%010u", l->oh, (u32)((u64)rt.tv_sec * 1000 + c->idx), 0u);
  r->sidn = strlen(sid); memcpy(r->sid, sid, r->sidn); r->off_sid = 28 + r->sidn - 10; p = avps(p, A_SESSION, sid); p = avps(p, A_ORIGIN_HOST, l->oh); p = avps(p, A_ORIGIN_REALM, o_realm); p = avps(p, A_DEST_REALM, D.push_realm ? D.push_realm : o_realm);
  p = avpu(p, A_AUTH_APP, D.push_app); p = avpu(p, A_REAUTH_TYPE, 0); r->tlen = p - b; r->tmpl = b;
}
static int dra_push1(conn *c, u64 t) {
  ring *r = &c->r; u32 q; if (!ring_take(r, t, &q)) return 0;
  const char *h = PH[q % NPH]; u8 *s = wres(c, r->tlen + 256), *p; memcpy(s, r->tmpl, r->tlen); p = avps(s + r->tlen, A_DEST_HOST, h);
  wr32(s + 12, r->h2h0 + q); wr32(s + 16, r->e2e0 + q); dec10(s + r->off_sid, q); finish(c, s, p); Q.push_sent++; mark_dirty(c); return 1;
}
static void dra_ans(conn *c, const u8 *m, u32 len, u64 t) {
  u32 code = rd24(m + 5); avps_t a; if (code == C_DWR) { Q.dwa++; return; } if (code == C_DPR) { c->st = ST_DPR_SENT; return; }
  ring *r = &c->r; if (code != C_RAR || !r->s) { Q.orphan_ans++; return; }
  u32 q = rd32(m + 12) - r->h2h0; slot *s = &r->s[q & r->mask];
  if (s->seq != q || s->st == S_FREE) { Q.push_mismatch++; return; } if (s->st != S_OUT) { Q.push_dup++; return; }
  s->st = S_DONE; r->out--; Q.push_answered++; h_add(&h_pushl, t - s->t); u8 d[10]; dec10(d, q);
  if (walk(m, len, &a)) { Q.malformed++; return; }
  if (rd32(m + 16) != r->e2e0 + q) { Q.push_mismatch++; return; }
  u32 rc = a.result ? a.result : a.expres;
  if (rc == 2001) {
    if (!a.sid.p || a.sid.n != r->sidn || memcmp(a.sid.p, r->sid, r->sidn - 10) || memcmp(a.sid.p + r->sidn - 10, d, 10)) { Q.push_mismatch++; return; }
    if (!speq(a.oh, PH[q % NPH])) Q.push_wrong_host++; else Q.push_ok++;
  } else { Q.push_err++; rc_count(rc); }
}
static void dra_msg(conn *c, const u8 *m, u32 len, u64 t) {
  u32 code = rd24(m + 5); avps_t a; lst *l = &LS[c->port_i];
  if (unlikely(!(m[4] & F_R))) { if (!muted) dra_ans(c, m, len, t); return; }
  if (unlikely(code == C_CER || code == C_DWR || code == C_DPR)) {
    if (code == C_DWR) Q.dwr++;
    if (code == C_DPR) Q.dpr++;
    if (muted) { Q.muted++; return; }
    if (code == C_CER) dra_cea(c, m, len); else put_base_answer(c, m, l->oh, o_realm, 2001);
    if (code == C_DPR) c->st = ST_PEER_DPR;
    return;
  }
  Q.req++; l->req++; c->n_req++; Q.bytes += len; last_req_t = t; if (unlikely(!first_req_t)) first_req_t = t;
  if (unlikely(c->st == ST_WAIT_CE)) Q.before_cer++;
  if (unlikely(walk(m, len, &a))) { Q.malformed++; return; }
  if (m[4] & F_T) Q.tflag++;
  if (!(m[4] & F_P)) Q.not_p++;
  if (likely(a.oh.p != NULL)) { org *o = org_get(a.oh.p, a.oh.n); if (unlikely(org_seen(o, rd32(m + 16)))) { Q.dup++; o->dup++; if (m[4] & F_T) Q.dup_t++; } else { Q.distinct++; o->distinct++; } } else Q.no_origin++;
  if (a.nrr) { Q.rr++; if (a.nrr > 1) Q.rr_multi++; if (a.oh.p && a.first_rrn == a.oh.n && !memcmp(a.first_rr, a.oh.p, a.oh.n)) Q.rr_first_is_oh++; } else Q.rr_missing++;
  if (a.npi) Q.proxy_info++;
  if (!a.sid.p) Q.no_sid++; else if (!a.sid_first) Q.sid_not_first++;
  if (a.dh.p && !(a.dh.n == l->ohn && !memcmp(a.dh.p, l->oh, l->ohn))) Q.misrouted_host++;
  if (a.dr.p && !speq(a.dr, o_realm)) Q.misrouted_realm++;
  if (unlikely(D.mute_after && !muted && Q.req > D.mute_after)) { muted = 1; if (!D.quiet) fprintf(stderr, "load dra: muted after %llu requests\n", (unsigned long long)D.mute_after); }
  if (unlikely(muted)) { Q.muted++; return; }
  if (unlikely(D.drop_every && Q.req % D.drop_every == 0)) { Q.dropped++; return; }
  u32 rc = 2001;
  if (unlikely(D.error_every && Q.req % D.error_every == 0)) { rc = D.error_code; Q.errored++; }
  else if (unlikely(D.require_rr && !a.nrr)) { rc = 5005; Q.errored++; }
  Q.answered++; c->n_ans++;
  if (likely(!D.delay_us && !D.jitter_us)) { u8 *s = wres(c, len + 1024); u8 *e = build_answer(s, m, &a, l->oh, l->ohn, o_realm, strlen(o_realm), rc); c->we += e - s; }
  else { u8 *s = xm(len + 1024); u8 *e = build_answer(s, m, &a, l->oh, l->ohn, o_realm, strlen(o_realm), rc); u64 j = D.jitter_us ? (u64)(rnd32() / 4294967296.0 * D.jitter_us * 1000) : 0; hp_push((dly){t + D.delay_us * 1000 + j, c, c->gen, e - s, s}); }
}
static void dra_close(conn *c) { if (c->fd < 0) return; Q.closed++; if (c->r.s) for (u32 q = c->r.oldest; q != c->r.seq; q++) { slot *s = &c->r.s[q & c->r.mask]; if (s->seq == q && s->st == S_OUT) { s->st = S_LOST; c->r.out--; Q.push_timeout++; } } if (c->r.s) c->r.oldest = c->r.seq; conn_reset(c); }
static void dra_accept(int li) {
  for (;;) {
    int fd = accept4(LS[li].fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC); if (fd < 0) return;
    sock_opts(fd); if (ndc == dccap) { dccap = dccap ? dccap * 2 : 64; dc = xr(dc, dccap * sizeof *dc); }
    conn *c = xz(sizeof *c); c->fd = fd; c->idx = ndc; c->port_i = li; c->st = ST_WAIT_CE; dc[ndc++] = c; Q.accepted++; LS[li].conns++;
    if (D.push_rate > 0) { u32 w = (u32)(D.push_rate * (D.push_timeout_ms / 1000.0 + 1) * 2); ring_init(&c->r, w < 1024 ? 1024 : w, rnd32() + (u32)c->idx * 0x04000000u); dra_push_tmpl(c); }
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = c}; epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e);
  }
}
static const char DRA_HELP[] =
"load dra: Diameter servers (DRAs)\n"
"  --ports P[,P...]      one simulated DRA per port                        (3869)\n"
"  --listen ADDR         (127.0.0.1)     --realm R (example.com)\n"
"  --origin-host FMT     %d becomes 1 for the first port, 2 for the next   (dra%d.example.com)\n"
"  --delay-us N --delay-jitter-us N   answer after N us (+ uniform 0..jitter)\n"
"  --mute-after N        after N requests answer nothing any more (DWR neither), TCP stays open and is read\n"
"  --mute-noread         when muted also stop reading;  SIGUSR1 toggles mute\n"
"  --drop-every N        do not answer every Nth request\n"
"  --error-every N:CODE  answer every Nth request with that Result-Code (E bit for 3xxx)\n"
"  --require-route-record   answer requests without Route-Record with 5005\n"
"  --cea-code N          Result-Code of the CEA                            (2001)\n"
"  --push-rate R --push-host H --push-realm R --push-app N   send Re-Auth-Requests, round robin over the open connections;\n"
"                        H may be a comma list and contain %d with --push-count N (0..N-1)   --push-timeout-ms N (5000)\n"
"  --dwr-ms N            send a Device-Watchdog-Request on each connection every N ms\n"
"  --dpr-on-exit         send Disconnect-Peer-Request before leaving\n"
"  --seconds N  --json FILE  --quiet\n";

static int dra_main(int argc, char **argv) {
  static struct option L[] = {{"ports", 1, 0, 'p'}, {"listen", 1, 0, 'l'}, {"realm", 1, 0, 'r'}, {"origin-host", 1, 0, 'o'}, {"delay-us", 1, 0, 'd'}, {"delay-jitter-us", 1, 0, 'J'}, {"mute-after", 1, 0, 'm'}, {"mute-noread", 0, 0, 'M'}, {"drop-every", 1, 0, 'x'},
    {"error-every", 1, 0, 'e'}, {"require-route-record", 0, 0, 'R'}, {"cea-code", 1, 0, 'C'}, {"push-rate", 1, 0, 1}, {"push-host", 1, 0, 2}, {"push-realm", 1, 0, 3}, {"push-app", 1, 0, 4}, {"push-count", 1, 0, 5}, {"push-timeout-ms", 1, 0, 6}, {"dwr-ms", 1, 0, 7},
    {"dpr-on-exit", 0, 0, 8}, {"seconds", 1, 0, 's'}, {"json", 1, 0, 'j'}, {"quiet", 0, 0, 'q'}, {"help", 0, 0, '?'}, {0, 0, 0, 0}};
  int o; D.ports = "3869";
  while ((o = getopt_long(argc, argv, "", L, 0)) != -1) switch (o) {
    case 'p': D.ports = optarg; break; case 'l': D.listen = optarg; break; case 'r': o_realm = optarg; break; case 'o': D.oh_fmt = optarg; break; case 'd': D.delay_us = atoll(optarg); break; case 'J': D.jitter_us = atoll(optarg); break;
    case 'm': D.mute_after = atoll(optarg); break; case 'M': D.mute_noread = 1; break; case 'x': D.drop_every = atoll(optarg); break;
    case 'e': { char *q = strchr(optarg, ':'); D.error_every = atoll(optarg); D.error_code = q ? atoi(q + 1) : 3004; break; }
    case 'R': D.require_rr = 1; break; case 'C': D.cea_code = atoi(optarg); break; case 1: D.push_rate = atof(optarg); break; case 2: D.push_host = optarg; break; case 3: D.push_realm = optarg; break; case 4: D.push_app = strtoul(optarg, 0, 0); break;
    case 5: D.push_count = atoi(optarg); break; case 6: D.push_timeout_ms = atoi(optarg); break; case 7: D.dwr_ms = atoi(optarg); break; case 8: D.dpr_on_exit = 1; break; case 's': o_seconds = atof(optarg); break; case 'j': o_json = optarg; break; case 'q': D.quiet = 1; break;
    default: fputs(DRA_HELP, stderr); return 2;
  }
  if (D.push_rate > 0) {
    if (!D.push_host) die("--push-rate needs --push-host");
    char *s = strdup(D.push_host); for (char *q = strtok(s, ","); q; q = strtok(NULL, ",")) { u32 n = strstr(q, "%d") ? D.push_count : 1; for (u32 i = 0; i < n; i++) { PH = xr(PH, sizeof *PH * (NPH + 1)); PH[NPH++] = strdup_fmt_d(q, i); } }
  }
  char *s = strdup(D.ports);
  for (char *q = strtok(s, ","); q && NLS < 64; q = strtok(NULL, ",")) {
    lst *l = &LS[NLS]; l->port = atoi(q); l->oh = strdup_fmt_d(D.oh_fmt, NLS + 1); l->ohn = strlen(l->oh); l->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int one = 1; setsockopt(l->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one); sock_opts(l->fd);
    struct sockaddr_in sa = {.sin_family = AF_INET, .sin_port = htons(l->port)}; if (inet_pton(AF_INET, D.listen, &sa.sin_addr) != 1) die("bad address");
    if (bind(l->fd, (struct sockaddr *)&sa, sizeof sa) < 0) die("bind %d: %s", l->port, strerror(errno));
    if (listen(l->fd, 4096) < 0) die("listen");
    struct epoll_event e = {.events = EPOLLIN, .data.u64 = (u64)NLS}; epoll_ctl(ep, EPOLL_CTL_ADD, l->fd, &e); NLS++;
  }
  u64 t0 = now_ns(), t_end = o_seconds > 0 ? t0 + (u64)(o_seconds * 1e9) : ~0ull, next_push = 0, push_i = 0, push_t0 = 0, tick = t0 + 50000000, next_dwr = t0, rr = 0; u64 exiting = 0; double cpu0 = cpu_self_us();
  struct epoll_event ev[512]; int n;
  for (;;) {
    u64 now = now_ns();
    if (g_mute_toggle) { g_mute_toggle = 0; muted = !muted; fprintf(stderr, "load dra: %s\n", muted ? "muted" : "unmuted"); if (!muted) { for (u32 i = 0; i < ndc; i++) if (dc[i]->fd >= 0 && dc[i]->rd_off) { dc[i]->rd_off = 0; ep_set(dc[i]); } D.mute_after = 0; } }
    if ((g_stop || now >= t_end) && !exiting) {
      if (!D.dpr_on_exit) break;
      exiting = now + 500000000ull; for (u32 i = 0; i < ndc; i++) if (dc[i]->fd >= 0 && dc[i]->st == ST_OPEN) { put_dpr(dc[i], LS[dc[i]->port_i].oh, o_realm); mark_dirty(dc[i]); }
    }
    if (exiting) { int up = 0; for (u32 i = 0; i < ndc; i++) if (dc[i]->fd >= 0 && dc[i]->st == ST_OPEN) up++; if (!up || now > exiting) break; }
    while (nhp && HP[0].due <= now) { dly d = hp_pop(); if (d.c->gen == d.gen && d.c->fd >= 0 && !muted) { u8 *w = wres(d.c, d.n); memcpy(w, d.b, d.n); d.c->we += d.n; mark_dirty(d.c); } free(d.b); }
    if (D.push_rate > 0 && !muted && !exiting) {
      int up = 0; for (u32 i = 0; i < ndc; i++) if (dc[i]->st == ST_OPEN) { up = 1; break; }
      if (up) {
        if (!push_t0) { push_t0 = next_push = now + 1000000000ull; } /* first push one second after the first peer is open */
        while (next_push <= now) {
          u32 k; for (k = 0; k < ndc; k++) { conn *c = dc[rr++ % ndc]; if (c->st == ST_OPEN && dra_push1(c, next_push)) break; }
          if (k == ndc) Q.push_unsendable++;
          push_i++; next_push = push_t0 + (u64)(push_i * 1e9 / D.push_rate);
        }
      } else if (push_t0 && next_push <= now) { push_i++; next_push = push_t0 + (u64)(push_i * 1e9 / D.push_rate); if (next_push < now) { push_t0 = next_push = now; push_i = 0; } }
    }
    if (now >= tick) {
      tick = now + 50000000;
      if (D.push_rate > 0) for (u32 i = 0; i < ndc; i++) { ring *r = &dc[i]->r; while (r->oldest != r->seq) { slot *x = &r->s[r->oldest & r->mask]; if (x->seq == r->oldest && x->st == S_OUT) { if (x->t + D.push_timeout_ms * 1000000ull > now) break; x->st = S_TIMEDOUT; r->out--; Q.push_timeout++; } r->oldest++; } }
      if (D.dwr_ms && !muted && now >= next_dwr) { next_dwr = now + D.dwr_ms * 1000000ull; for (u32 i = 0; i < ndc; i++) if (dc[i]->fd >= 0 && dc[i]->st == ST_OPEN) { put_dwr(dc[i], LS[dc[i]->port_i].oh, o_realm); mark_dirty(dc[i]); } }
    }
    for (u32 i = 0; i < g_ndirty; i++) { conn *c = g_dirty[i]; c->dirty = 0; if (c->fd >= 0 && !c->want_out && wflush(c) < 0) dra_close(c); }
    g_ndirty = 0;
    u64 until = (D.push_rate > 0 || D.dwr_ms || exiting) ? tick : now + 200000000;
    if (nhp && HP[0].due < until) until = HP[0].due;
    if (D.push_rate > 0 && next_push && next_push < until) until = next_push;
    if (t_end < until) until = t_end;
    wait_events(ev, 512, &n, until);
    for (int i = 0; i < n; i++) {
      if (ev[i].data.u64 < 64) { dra_accept((int)ev[i].data.u64); continue; }
      conn *c = ev[i].data.ptr; u32 e = ev[i].events; if (c->fd < 0) continue;
      if (e & EPOLLOUT) { if (wflush(c) < 0) { dra_close(c); continue; } if (c->rd_off && c->we - c->ws < (1u << 20) && !(muted && D.mute_noread)) { c->rd_off = 0; ep_set(c); } }
      if (e & (EPOLLIN | EPOLLHUP | EPOLLERR)) {
        if (pump(c, dra_msg) < 0) { dra_close(c); continue; }
        if (muted && D.mute_noread && !c->rd_off) { c->rd_off = 1; ep_set(c); }
        if (c->we > c->ws && !c->want_out && wflush(c) < 0) { dra_close(c); continue; }
        if (c->we - c->ws > (8u << 20) && !c->rd_off) { c->rd_off = 1; ep_set(c); } /* peer does not read its answers: stop reading its requests */
      }
    }
  }
  double cpu = cpu_self_us() - cpu0; u32 open = 0; for (u32 i = 0; i < ndc; i++) if (dc[i]->fd >= 0) open++;
  if (!D.quiet) { fprintf(stderr, "dra: conns %llu (open %u) req %llu answered %llu distinct %llu dup %llu (T %llu) T-flag %llu route-record %llu missing-rr %llu misrouted %llu malformed %llu dropped %llu errored %llu muted %llu dwr %llu dpr %llu push %llu/%llu/%llu | self cpu %.3f us/req\n", (unsigned long long)Q.accepted, open, (unsigned long long)Q.req, (unsigned long long)Q.answered,
    (unsigned long long)Q.distinct, (unsigned long long)Q.dup, (unsigned long long)Q.dup_t, (unsigned long long)Q.tflag, (unsigned long long)Q.rr, (unsigned long long)Q.rr_missing, (unsigned long long)(Q.misrouted_host + Q.misrouted_realm), (unsigned long long)(Q.malformed + g_bad_frames), (unsigned long long)Q.dropped, (unsigned long long)Q.errored, (unsigned long long)Q.muted,
    (unsigned long long)Q.dwr, (unsigned long long)Q.dpr, (unsigned long long)Q.push_sent, (unsigned long long)Q.push_answered, (unsigned long long)Q.push_ok, Q.req ? cpu / Q.req : 0); }
  if (o_json) {
    FILE *f = strcmp(o_json, "-") ? fopen(o_json, "w") : stdout; if (!f) die("cannot write %s", o_json);
    fprintf(f, "{\n  \"mode\": \"dra\",\n"); J("connections_accepted", Q.accepted); J("connections_open_at_end", open); J("connections_closed", Q.closed); J("cer_received", Q.cer); J("dwr_received", Q.dwr); J("dwa_received", Q.dwa); J("dpr_received", Q.dpr);
    J("requests", Q.req); J("request_bytes", Q.bytes); J("t_flag_requests", Q.tflag); J("distinct_e2e", Q.distinct); J("duplicate_e2e", Q.dup); J("duplicate_e2e_with_t", Q.dup_t); J("route_record_present", Q.rr); J("route_record_missing", Q.rr_missing); J("route_record_first_is_origin_host", Q.rr_first_is_oh); J("route_record_multiple", Q.rr_multi);
    J("proxy_info_present", Q.proxy_info); J("session_id_missing", Q.no_sid); J("session_id_not_first", Q.sid_not_first); J("p_bit_clear", Q.not_p); J("origin_host_missing", Q.no_origin); J("requests_before_cer", Q.before_cer); J("misrouted_destination_host", Q.misrouted_host); J("misrouted_destination_realm", Q.misrouted_realm); J("malformed", Q.malformed + g_bad_frames);
    J("answered", Q.answered); J("answered_with_error", Q.errored); J("dropped", Q.dropped); J("ignored_while_muted", Q.muted); J("orphan_answers", Q.orphan_ans);
    J("push_sent", Q.push_sent); J("push_answered", Q.push_answered); J("push_ok", Q.push_ok); J("push_errors", Q.push_err); J("push_unanswered", Q.push_timeout); J("push_mismatched", Q.push_mismatch); J("push_wrong_host", Q.push_wrong_host); J("push_duplicates", Q.push_dup); J("push_unsendable", Q.push_unsendable);
    fprintf(f, "  \"push_latency_us\": {\"p50\": %.1f, \"p99\": %.1f, \"max\": %.1f},\n", h_pct(&h_pushl, 50), h_pct(&h_pushl, 99), h_pushl.max / 1000.0);
    fprintf(f, "  \"push_result_codes\": {"); for (u32 i = 0; i < g_nrc; i++) fprintf(f, "%s\"%u\": %llu", i ? ", " : "", g_rc[i].code, (unsigned long long)g_rc[i].n); fprintf(f, "},\n");
    fprintf(f, "  \"ports\": ["); for (int i = 0; i < NLS; i++) fprintf(f, "%s{\"port\": %d, \"origin_host\": \"%s\", \"connections\": %llu, \"requests\": %llu}", i ? ", " : "", LS[i].port, LS[i].oh, (unsigned long long)LS[i].conns, (unsigned long long)LS[i].req); fprintf(f, "],\n");
    fprintf(f, "  \"connections\": ["); for (u32 i = 0; i < ndc && i < 200; i++) fprintf(f, "%s{\"port\": %d, \"peer\": \"%s\", \"requests\": %llu}", i ? ", " : "", LS[dc[i]->port_i].port, dc[i]->peer_oh, (unsigned long long)dc[i]->n_req); fprintf(f, "],\n");
    fprintf(f, "  \"origin_hosts\": {"); for (u32 i = 0; i < nog && i < 500; i++) fprintf(f, "%s\"%s\": [%llu, %llu]", i ? ", " : "", OG[i].name, (unsigned long long)OG[i].distinct, (unsigned long long)OG[i].dup); fprintf(f, "},\n");
    JF("requests_per_s", last_req_t > first_req_t ? Q.req / ((last_req_t - first_req_t) / 1e9) : 0); JF("self_cpu_us_per_request", Q.req ? cpu / Q.req : 0); fprintf(f, "  \"end\": true\n}\n"); if (f != stdout) fclose(f);
  }
  return 0;
}

int main(int argc, char **argv) {
  dig_init(); raise_nofile(); prctl(PR_SET_TIMERSLACK, 1);
  struct timespec rt; clock_gettime(CLOCK_REALTIME, &rt); rng_s = ((u64)rt.tv_nsec << 20 ^ (u64)rt.tv_sec ^ (u64)getpid() << 40) | 1; for (int i = 0; i < 8; i++) rnd32();
  struct sigaction sa = {.sa_handler = on_sig}; sigaction(SIGTERM, &sa, 0); sigaction(SIGINT, &sa, 0); sigaction(SIGUSR1, &sa, 0); signal(SIGPIPE, SIG_IGN);
  ep = epoll_create1(EPOLL_CLOEXEC); if (ep < 0) die("epoll_create1");
  if (argc > 1 && !strcmp(argv[1], "app")) return app_main(argc - 1, argv + 1);
  if (argc > 1 && !strcmp(argv[1], "dra")) return dra_main(argc - 1, argv + 1);
  fputs(APP_HELP, stderr); fputs(DRA_HELP, stderr); return 2;
}
