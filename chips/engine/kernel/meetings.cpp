// Light through a list of meetings, a tile of VECTORS vectors of samples at a time. Compiled once per instruction set
// and width of a tile, into a table called VARIANT.
//
// A tile holds every row of a few samples, real and imaginary parts apart, so that it stays in the first-level cache
// while all meetings pass over it. No library code is used here: what is compiled for a new processor must not be
// what the linker picks for an old one.

#include "meetings.h"

#define INLINE static inline __attribute__((always_inline))
#define INLINE_MEMBER inline __attribute__((always_inline))

namespace meetings {
namespace {

template <class T>
struct Simd {
  typedef T V __attribute__((vector_size(64), aligned(8)));
  static constexpr int lanes = 64 / sizeof(T);
  static constexpr int vectors = VECTORS;
  static constexpr int tile = lanes * vectors;
};

template <class T>
using V = typename Simd<T>::V;

template <class T>
INLINE V<T> load(const T* at) {
  return *reinterpret_cast<const V<T>*>(at);
}

template <class T>
INLINE void store(T* at, V<T> value) {
  *reinterpret_cast<V<T>*>(at) = value;
}

typedef double Four __attribute__((vector_size(32)));

INLINE Four halves(V<double> v) {
  return __builtin_shufflevector(v, v, 0, 1, 2, 3) + __builtin_shufflevector(v, v, 4, 5, 6, 7);
}

INLINE Four halves(V<float> v) {
  typedef float Eight __attribute__((vector_size(32)));
  typedef float Quad __attribute__((vector_size(16)));
  Eight eight = __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7) +
                __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15);
  Quad four = __builtin_shufflevector(eight, eight, 0, 1, 2, 3) + __builtin_shufflevector(eight, eight, 4, 5, 6, 7);
  return __builtin_convertvector(four, Four);
}

// The sums of four vectors, added to four numbers.
template <class T>
INLINE void sum_into(V<T> v0, V<T> v1, V<T> v2, V<T> v3, double* total) {
  const Four a = halves(v0), b = halves(v1), c = halves(v2), d = halves(v3);
  const Four ab = __builtin_shufflevector(a, b, 0, 4, 2, 6) + __builtin_shufflevector(a, b, 1, 5, 3, 7);
  const Four cd = __builtin_shufflevector(c, d, 0, 4, 2, 6) + __builtin_shufflevector(c, d, 1, 5, 3, 7);
  const Four all = __builtin_shufflevector(ab, cd, 0, 1, 4, 5) + __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
  for (int k = 0; k < 4; ++k) total[k] += all[k];
}

// (re, im, re, im, …) of one tile of a row to re … re, im … im, and back. Lanes past `count` are dark.
template <class T>
INLINE void split(const T* from, T* to, int64_t count) {
  constexpr int tile = Simd<T>::tile;
  for (int64_t k = 0; k < count; ++k) {
    to[k] = from[2 * k];
    to[tile + k] = from[2 * k + 1];
  }
  for (int64_t k = count; k < tile; ++k) to[k] = to[tile + k] = 0;
}

template <class T>
INLINE void weave(const T* from, T* to, int64_t count) {
  constexpr int tile = Simd<T>::tile;
  for (int64_t k = 0; k < count; ++k) {
    to[2 * k] = from[k];
    to[2 * k + 1] = from[tile + k];
  }
}

// The four vectors of two rows at one place of a tile.
template <class T>
struct Two {
  V<T> ur, ui, vr, vi;
  INLINE_MEMBER void take(const T* u, const T* v) {
    ur = load(u), ui = load(u + Simd<T>::tile), vr = load(v), vi = load(v + Simd<T>::tile);
  }
  INLINE_MEMBER void put(T* u, T* v) const {
    store(u, ur), store(u + Simd<T>::tile, ui), store(v, vr), store(v + Simd<T>::tile, vi);
  }
  INLINE_MEMBER Two lifted(T pr, T pi, T qr, T qi) const {
    return {ur + pr * vr - pi * vi, ui + pr * vi + pi * vr, vr + qr * ur - qi * ui, vi + qr * ui + qi * ur};
  }
  INLINE_MEMBER Two full(const Lifted<T>& m) const {
    return {m.p[0] * ur - m.p[1] * ui + m.f[0] * vr - m.f[1] * vi, m.p[0] * ui + m.p[1] * ur + m.f[0] * vi + m.f[1] * vr,
            m.q[0] * vr - m.q[1] * vi + m.g[0] * ur - m.g[1] * ui, m.q[0] * vi + m.q[1] * vr + m.g[0] * ui + m.g[1] * ur};
  }
};

// One meeting on a whole tile. `kept`: where its inputs are put for the way back, or null.
template <class T, bool keep>
INLINE void meet(const Lifted<T>& m, T* rows, T* kept) {
  constexpr int lanes = Simd<T>::lanes, tile = Simd<T>::tile, chunk = Simd<T>::vectors < 2 ? 1 : 2;
  const T pr = m.p[0], pi = m.p[1], qr = m.q[0], qi = m.q[1];  // copies: a store might change what m points to
  const T *u = rows + m.u, *v = rows + m.v;
  T *a = rows + m.a, *b = rows + m.b;
  const bool full = __builtin_expect(m.kind == FULL, 0);
  for (int k = 0; k < tile; k += chunk * lanes) {
    Two<T> in[chunk];
    for (int j = 0; j < chunk; ++j) in[j].take(u + k + j * lanes, v + k + j * lanes);
    if (keep)
      for (int j = 0; j < chunk; ++j) in[j].put(kept + k + j * lanes, kept + 2 * tile + k + j * lanes);
    if (full)
      for (int j = 0; j < chunk; ++j) in[j].full(m).put(a + k + j * lanes, b + k + j * lanes);
    else
      for (int j = 0; j < chunk; ++j) in[j].lifted(pr, pi, qr, qi).put(a + k + j * lanes, b + k + j * lanes);
  }
}

// Results of more numbers than this do not fit a second-level cache.
constexpr int64_t FAR = 1 << 17;

template <class T>
INLINE void darken(const Plan& plan, T* rows) {
  for (int64_t k = 0; k < plan.rows * 2 * Simd<T>::tile; ++k) rows[k] = 0;
}

template <class T>
INLINE void enter(const Plan& plan, const T* x, int64_t batch, int64_t first, int64_t count, T* rows) {
  constexpr int tile = Simd<T>::tile;
  darken(plan, rows);
  for (int64_t n = 0; n < plan.inputs; ++n) {
    T* row = rows + plan.input_row[n] * 2 * tile;
    const T* from = x + 2 * (n * batch + first);
    if (count == tile)
      split(from, row, tile);
    else
      split(from, row, count);
  }
}

// Past the cache; `at` is a multiple of 64 bytes.
template <class T>
INLINE void stream(T* at, V<T> value) {
#if defined(__clang__)
  typedef T Aligned __attribute__((vector_size(64)));
  __builtin_nontemporal_store(Aligned(value), reinterpret_cast<Aligned*>(at));
#elif defined(__AVX512F__)
  typedef double Eight __attribute__((vector_size(64)));
  __builtin_ia32_movntpd512(reinterpret_cast<double*>(at), reinterpret_cast<Eight>(value));
#else
  store(at, value);
#endif
}

// Where a read goes: fields (T, B) or powers (T, B).
template <class T>
struct Out {
  T* to;
  int64_t batch;
  bool power;
  // Straight to memory, past the cache: pieces of rows that lie far apart would first be fetched, then thrown out.
  bool past_cache;
};

template <class T>
INLINE void hand_over(const T* from, const Out<T>& out, int64_t at, int64_t scalars) {
  constexpr int lanes = Simd<T>::lanes;
  T* to = out.to + at;
  if (out.past_cache && scalars % lanes == 0 && reinterpret_cast<uintptr_t>(to) % 64 == 0)
    for (int64_t k = 0; k < scalars; k += lanes) stream<T>(to + k, load(from + k));
  else
    for (int64_t k = 0; k < scalars; ++k) to[k] = from[k];
}

template <class T>
INLINE void see(const T* row, const T* way, const Out<T>& out, int64_t read, int64_t first, int64_t count) {
  constexpr int lanes = Simd<T>::lanes, tile = Simd<T>::tile;
  T seen[2 * tile], woven[2 * tile];
  if (out.power) {
    const T gain = way[0] * way[0] + way[1] * way[1];
    T* to = out.to + read * out.batch + first;
    const bool direct = out.past_cache && count == tile && reinterpret_cast<uintptr_t>(to) % 64 == 0;
    for (int k = 0; k < tile; k += lanes) {
      V<T> re = load(row + k), im = load(row + tile + k), power = gain * (re * re + im * im);
      direct ? stream<T>(to + k, power) : store(seen + k, power);
    }
    if (direct) return;
    return hand_over(seen, out, read * out.batch + first, count);
  }
  for (int k = 0; k < tile; k += lanes) {
    V<T> re = load(row + k), im = load(row + tile + k);
    store(seen + k, way[0] * re - way[1] * im);
    store(seen + tile + k, way[0] * im + way[1] * re);
  }
  weave(seen, woven, tile);
  hand_over(woven, out, 2 * (read * out.batch + first), 2 * count);
}

template <class T>
void run(const Plan& plan, const Lifted<T>* lifted, const T* scaled, const T* x, T* y, T* last, bool power,
         int64_t batch, int64_t first, int64_t count, T* rows) {
  constexpr int tile = Simd<T>::tile;
  const Out<T> out = {y, batch, power, plan.reads * batch > FAR}, end = {last, batch, false, false};
  enter(plan, x, batch, first, count, rows);
  int64_t done = 0;
  for (int64_t read = 0; read < plan.reads; ++read) {
    for (; done < plan.read_after[read]; ++done) meet<T, false>(lifted[done], rows, nullptr);
    see(rows + plan.read_row[read] * 2 * tile, scaled + 2 * read, out, plan.read_index[read], first, count);
  }
#if defined(__SSE2__)
  if (out.past_cache) __builtin_ia32_sfence();
#endif
  if (!last) return;
  for (; done < plan.meetings; ++done) meet<T, false>(lifted[done], rows, nullptr);
  for (int64_t row = 0; row < plan.rows; ++row)
    see(rows + row * 2 * tile, scaled + 2 * (plan.reads + row), end, row, first, count);
}

// --- cotangents -----------------------------------------------------------------------------------------------------

// Σ l·w over the tile, added to a complex number: the bilinear product that a holomorphic function needs.
template <class T>
struct Inner {
  V<T> re = {}, im = {};
  INLINE_MEMBER void add(V<T> lr, V<T> li, V<T> wr, V<T> wi) {
    re += lr * wr - li * wi;
    im += lr * wi + li * wr;
  }
};

// One meeting backwards: cotangents of its outputs become those of its inputs, and its own are added to `total`. Its
// inputs lie at u_in, v_in (KEEPING), or `fields` holds its outputs and `back` turns them into its inputs (INVERTING).
template <class T, Way way>
INLINE void part(const Lifted<T>& m, T* rows, const T* u_in, const T* v_in, const Lifted<T>* back, T* fields,
                 double* total) {
  constexpr int lanes = Simd<T>::lanes, tile = Simd<T>::tile;
  const T *a = rows + m.a, *b = rows + m.b;
  T *u = rows + m.u, *v = rows + m.v;
  Inner<T> dp, dq;
  const bool full = m.kind == FULL || (way == INVERTING && back->kind == FULL);
  if (__builtin_expect(full, 0)) {
    if (way == INVERTING) meet<T, false>(*back, fields, nullptr), u_in = fields + m.u, v_in = fields + m.v;
    const bool lifted = m.kind != FULL;
    const T one = 1, pr = m.p[0], pi = m.p[1], qr = m.q[0], qi = m.q[1];
    // Rows of the transposed block [[p, g], [f, q]]; of a lifted one [[1, q], [p, 1]].
    Lifted<T> t = {{pr, pi}, {qr, qi}, {m.g[0], m.g[1]}, {m.f[0], m.f[1]}, 0, 0, 0, 0, FULL, 0};
    if (lifted) t = {{one, 0}, {one, 0}, {qr, qi}, {pr, pi}, 0, 0, 0, 0, FULL, 0};
    Inner<T> df, dg;
    for (int k = 0; k < tile; k += lanes) {
      Two<T> out, in;
      out.take(a + k, b + k), in.take(u_in + k, v_in + k);
      dp.add(out.ur, out.ui, in.ur, in.ui), df.add(out.ur, out.ui, in.vr, in.vi);
      dq.add(out.vr, out.vi, in.vr, in.vi), dg.add(out.vr, out.vi, in.ur, in.ui);
      out.full(t).put(u + k, v + k);
    }
    if (lifted) return sum_into<T>(df.re, df.im, dg.re, dg.im, total);
    sum_into<T>(dp.re, dp.im, dq.re, dq.im, total), sum_into<T>(df.re, df.im, dg.re, dg.im, total + 4);
    return;
  }
  const T pr = m.p[0], pi = m.p[1], qr = m.q[0], qi = m.q[1];
  const T bpr = back->p[0], bpi = back->p[1], bqr = back->q[0], bqi = back->q[1];
  const bool crossed = way == INVERTING && m.u != m.a;  // u is row b
  for (int k = 0; k < tile; k += lanes) {
    Two<T> out, in;
    out.take(a + k, b + k);
    if (way == INVERTING) {
      in.take(fields + back->u + k, fields + back->v + k);
      in = in.lifted(bpr, bpi, bqr, bqi);
      in.put(fields + back->a + k, fields + back->b + k);
      if (crossed) in = {in.vr, in.vi, in.ur, in.ui};
    } else {
      in.take(u_in + k, v_in + k);
    }
    dp.add(out.ur, out.ui, in.vr, in.vi), dq.add(out.vr, out.vi, in.ur, in.ui);
    out.lifted(qr, qi, pr, pi).put(u + k, v + k);
  }
  sum_into<T>(dp.re, dp.im, dq.re, dq.im, total);
}

// What the cotangent of a read adds to that of its row, and to the sum over samples for its way.
template <class T>
INLINE void look_back(const Plan& plan, int64_t read, const T* dy, int64_t batch, int64_t first, int64_t count,
                      const T* way, T* drow, const T* row, double* total) {
  constexpr int lanes = Simd<T>::lanes, tile = Simd<T>::tile;
  T seen[2 * tile];
  split(dy + 2 * (plan.read_index[read] * batch + first), seen, count);
  Inner<T> sum_way;
  for (int k = 0; k < tile; k += lanes) {
    V<T> re = load(seen + k), im = load(seen + tile + k);
    if (total) sum_way.add(re, im, load(row + k), load(row + tile + k));
    if (!drow) continue;
    store(drow + k, load(drow + k) + way[0] * re - way[1] * im);
    store(drow + tile + k, load(drow + tile + k) + way[0] * im + way[1] * re);
  }
  if (!total) return;
  double sums[4] = {0, 0, 0, 0};
  sum_into<T>(sum_way.re, sum_way.im, sum_way.re, sum_way.im, sums);
  total[0] += sums[0], total[1] += sums[1];
}

// Forward once more, keeping what enters each meeting, then back: for any meetings.
template <class T>
void vjp_keeping(const Plan& plan, const Lifted<T>* lifted, const T* scaled, const T* x, const T* dy, T* dx,
                 double* dlifted, double* dscaled, int64_t batch, int64_t first, int64_t count, T* rows) {
  constexpr int tile = Simd<T>::tile;
  T* kept = rows + plan.rows * 2 * tile;  // (P, 4, tile)
  enter(plan, x, batch, first, count, rows);
  int64_t done = 0;
  for (int64_t read = 0; read < plan.reads; ++read) {
    for (; done < plan.read_after[read]; ++done) meet<T, true>(lifted[done], rows, kept + done * 4 * tile);
    const T* row = rows + plan.read_row[read] * 2 * tile;
    look_back<T>(plan, read, dy, batch, first, count, scaled, nullptr, row, dscaled + 2 * read);
  }
  darken(plan, rows);
  for (int64_t read = plan.reads - 1; done >= 0; --done) {
    for (; read >= 0 && plan.read_after[read] == done; --read)
      look_back<T>(plan, read, dy, batch, first, count, scaled + 2 * read, rows + plan.read_row[read] * 2 * tile,
                   nullptr, nullptr);
    if (done) {
      const T* keep = kept + (done - 1) * 4 * tile;
      part<T, KEEPING>(lifted[done - 1], rows, keep, keep + 2 * tile, lifted, nullptr, dlifted + (done - 1) * 8);
    }
  }
  for (int64_t n = 0; n < plan.inputs; ++n)
    weave(rows + plan.input_row[n] * 2 * tile, dx + 2 * (n * batch + first), count);
}

// Back from the last fields by the inverse of each meeting (`back`, P): nothing is kept, nothing run twice.
template <class T>
void vjp_inverting(const Plan& plan, const Lifted<T>* lifted, const Lifted<T>* back, const T* scaled, const T* last,
                   const T* dy, T* dx, double* dlifted, double* dscaled, int64_t batch, int64_t first, int64_t count,
                   T* rows) {
  constexpr int tile = Simd<T>::tile;
  T* drows = rows + plan.rows * 2 * tile;
  for (int64_t row = 0; row < plan.rows; ++row)
    split(last + 2 * (row * batch + first), rows + row * 2 * tile, count);
  darken(plan, drows);
  int64_t read = plan.reads - 1;
  for (int64_t done = plan.meetings; done >= 0; --done) {
    for (; read >= 0 && plan.read_after[read] == done; --read) {
      const int64_t at = plan.read_row[read] * 2 * tile;
      look_back<T>(plan, read, dy, batch, first, count, scaled + 2 * read, drows + at, rows + at, dscaled + 2 * read);
    }
    if (!done) break;
    part<T, INVERTING>(lifted[done - 1], drows, nullptr, nullptr, back + done - 1, rows, dlifted + (done - 1) * 8);
  }
  for (int64_t n = 0; n < plan.inputs; ++n)
    weave(drows + plan.input_row[n] * 2 * tile, dx + 2 * (n * batch + first), count);
}

// --- scales ---------------------------------------------------------------------------------------------------------

struct C {
  double re, im;
};
INLINE C operator*(C x, C y) { return {x.re * y.re - x.im * y.im, x.re * y.im + x.im * y.re}; }
INLINE C operator+(C x, C y) { return {x.re + y.re, x.im + y.im}; }
INLINE C operator-(C x, C y) { return {x.re - y.re, x.im - y.im}; }
INLINE double norm(C x) { return x.re * x.re + x.im * x.im; }
INLINE C inverse(C x) {
  double n = 1 / norm(x);
  return {x.re * n, -x.im * n};
}

template <class T>
INLINE C at(const T* array, int64_t index) {
  return {array[2 * index], array[2 * index + 1]};
}

template <class T>
INLINE void put(T* to, C value) {
  to[0] = T(value.re);
  to[1] = T(value.im);
}

// Scales stay within these squared bounds: float32 has room for them, and a row that is all but dark starts afresh.
constexpr double LEAST = 1e-16, MOST = 1e16;

// What the scales were: of both rows before each meeting (P, 2), of each row at the end (R), of each read's row (T).
struct Scales {
  C *meeting, *last, *read;
  Scales(const Plan& plan, double* at)
      : meeting(reinterpret_cast<C*>(at)), last(meeting + 2 * plan.meetings), read(last + plan.rows) {}
};

struct Block {
  C m00, m01, m10, m11;
};

template <class T>
INLINE Block block_at(const T* block, int64_t count, int64_t m) {
  return {at(block, m), at(block, count + m), at(block, 2 * count + m), at(block, 3 * count + m)};
}

template <class T>
INLINE void lift_one(Block m, int32_t a, int32_t b, C* scale, Lifted<T>& to) {
  constexpr int tile = Simd<T>::tile;
  const C sa = scale[a], sb = scale[b];
  const bool swapped = norm(m.m00) * norm(m.m11) < norm(m.m01) * norm(m.m10);
  const C au = swapped ? m.m01 * sb : m.m00 * sa, av = swapped ? m.m00 * sa : m.m01 * sb;
  const C bv = swapped ? m.m10 * sa : m.m11 * sb, bu = swapped ? m.m11 * sb : m.m10 * sa;
  to.u = (swapped ? b : a) * 2 * tile, to.v = (swapped ? a : b) * 2 * tile;
  to.a = a * 2 * tile, to.b = b * 2 * tile;
  const double na = norm(au), nb = norm(bv);
  if (na > LEAST && nb > LEAST && na < MOST && nb < MOST) {
    to.kind = swapped ? SWAPPED : STRAIGHT;
    put(to.p, av * inverse(au)), put(to.q, bu * inverse(bv));
    scale[a] = au, scale[b] = bv;
  } else {
    to.kind = FULL;
    to.u = to.a, to.v = to.b;
    put(to.p, m.m00 * sa), put(to.f, m.m01 * sb), put(to.q, m.m11 * sb), put(to.g, m.m10 * sa);
    scale[a] = scale[b] = {1, 0};
  }
}

template <class T>
void lift(const Plan& plan, const T* block, const T* read, Lifted<T>* lifted, T* scaled, double* kept) {
  const Scales scales(plan, kept);
  C* scale = scales.last;
  for (int64_t row = 0; row < plan.rows; ++row) scale[row] = {1, 0};
  int64_t seen = 0;
  for (int64_t m = 0; m <= plan.meetings; ++m) {
    for (; seen < plan.reads && plan.read_after[seen] == m; ++seen) {
      scales.read[seen] = scale[plan.read_row[seen]];
      put(scaled + 2 * seen, at(read, plan.read_index[seen]) * scales.read[seen]);
    }
    if (m == plan.meetings) break;
    scales.meeting[2 * m] = scale[plan.a[m]], scales.meeting[2 * m + 1] = scale[plan.b[m]];
    lift_one(block_at(block, plan.meetings, m), plan.a[m], plan.b[m], scale, lifted[m]);
  }
  for (int64_t row = 0; row < plan.rows; ++row) put(scaled + 2 * (plan.reads + row), scale[row]);
}

// Condition numbers of the blocks that light passes, multiplied up: rounding grows by no more on the way back.
constexpr double MOST_GROWTH = 1e3;
// Below this (κ + 1/κ)² − 4 is taken to be κ = 1.005, which it is at most.
constexpr double NEAR_UNITARY = 1e-4;

template <class T>
bool lift_back(const Plan& plan, const T* block, Lifted<T>* back, double* kept) {
  const Scales scales(plan, kept);
  C* scale = scales.last;
  for (int64_t row = 0; row < plan.rows; ++row) scale[row] = {1, 0};
  double* growth = reinterpret_cast<double*>(scales.read + plan.reads);  // (R)
  for (int64_t row = 0; row < plan.rows; ++row) growth[row] = 1;
  int64_t seen = plan.reads - 1;
  for (int64_t m = plan.meetings;; --m) {
    for (; seen >= 0 && plan.read_after[seen] == m; --seen) scales.read[seen] = scale[plan.read_row[seen]];
    if (m == 0) return true;
    const Block one = block_at(block, plan.meetings, m - 1);
    const C det = one.m00 * one.m11 - one.m01 * one.m10;
    const double size = norm(one.m00) + norm(one.m01) + norm(one.m10) + norm(one.m11);
    const int32_t a = plan.a[m - 1], b = plan.b[m - 1];
    const double over_det = 1 / norm(det), excess = size * size * over_det - 4;  // (κ + 1/κ)² − 4
    const double condition =
        excess < NEAR_UNITARY ? 1.005 : 0.5 * (__builtin_sqrt(excess + 4) + __builtin_sqrt(excess));
    const double most = condition * (growth[a] > growth[b] ? growth[a] : growth[b]);
    if (!(most < MOST_GROWTH)) return false;
    growth[a] = growth[b] = most;
    const C over = {det.re * over_det, -det.im * over_det}, minus = {-over.re, -over.im};
    lift_one(Block{one.m11 * over, one.m01 * minus, one.m10 * minus, one.m00 * over}, a, b, scale, back[m - 1]);
    scales.meeting[2 * m - 2] = scale[a], scales.meeting[2 * m - 1] = scale[b];
  }
}

// Sums that were taken over fields with the scales of `lift_back` to what they are with those of `lift`.
template <class T>
void rescale(const Plan& plan, const Lifted<T>* lifted, const double* kept, const double* kept_back, double* dlifted,
             double* dscaled, int64_t first, int64_t until) {
  const Scales ahead(plan, const_cast<double*>(kept)), back(plan, const_cast<double*>(kept_back));
  C *of = reinterpret_cast<C*>(dlifted), *read = reinterpret_cast<C*>(dscaled);
  for (int64_t m = first; m < until; ++m) {
    const C a = back.meeting[2 * m] * inverse(ahead.meeting[2 * m]);
    const C b = back.meeting[2 * m + 1] * inverse(ahead.meeting[2 * m + 1]);
    C* d = of + 4 * m;
    if (lifted[m].kind == FULL) {
      d[0] = d[0] * a, d[1] = d[1] * b, d[2] = d[2] * b, d[3] = d[3] * a;
    } else {
      const bool swapped = lifted[m].kind == SWAPPED;
      d[0] = d[0] * (swapped ? a : b), d[1] = d[1] * (swapped ? b : a);
    }
  }
  if (first > 0) return;
  for (int64_t k = 0; k < plan.reads; ++k) read[k] = read[k] * (back.read[k] * inverse(ahead.read[k]));
}

template <class T>
void unlift(const Plan& plan, const Lifted<T>* lifted, const T* block, const T* read, double* kept,
            const double* dlifted, const double* dscaled, T* dblock, T* dread) {
  const int64_t count = plan.meetings;
  const Scales scales(plan, kept);
  C *scale = scales.last, *dscale = scales.read + plan.reads;
  for (int64_t row = 0; row < plan.rows; ++row) dscale[row] = {0, 0};
  int64_t seen = plan.reads - 1;
  for (int64_t m = count;; --m) {
    for (; seen >= 0 && plan.read_after[seen] == m; --seen) {
      const C d = at(dscaled, seen);
      const int32_t row = plan.read_row[seen];
      put(dread + 2 * plan.read_index[seen], d * scales.read[seen]);
      dscale[row] = dscale[row] + d * at(read, plan.read_index[seen]);
    }
    if (m == 0) break;
    const int64_t k = m - 1;
    const int32_t a = plan.a[k], b = plan.b[k];
    const C sa = scales.meeting[2 * k], sb = scales.meeting[2 * k + 1];
    const Block one = block_at(block, count, k);
    const C dp = at(dlifted, 4 * k), dq = at(dlifted, 4 * k + 1);
    C d00, d01, d10, d11;  // of m00·sa, m01·sb, m10·sa, m11·sb
    if (lifted[k].kind == FULL) {
      d00 = dp, d11 = dq, d01 = at(dlifted, 4 * k + 2), d10 = at(dlifted, 4 * k + 3);
    } else {
      const bool swapped = lifted[k].kind == SWAPPED;
      const C dav = dp * inverse(scale[a]), dbu = dq * inverse(scale[b]);
      const C dau = dscale[a] - dav * at(lifted[k].p, 0), dbv = dscale[b] - dbu * at(lifted[k].q, 0);
      d00 = swapped ? dav : dau, d01 = swapped ? dau : dav;
      d10 = swapped ? dbv : dbu, d11 = swapped ? dbu : dbv;
    }
    put(dblock + 2 * k, d00 * sa), put(dblock + 2 * (count + k), d01 * sb);
    put(dblock + 2 * (2 * count + k), d10 * sa), put(dblock + 2 * (3 * count + k), d11 * sb);
    dscale[a] = d00 * one.m00 + d10 * one.m10, dscale[b] = d01 * one.m01 + d11 * one.m11;
    scale[a] = sa, scale[b] = sb;
  }
}

template <class T>
int64_t scratch(const Plan& plan, Way way) {
  const int64_t kept = way == AHEAD ? 0 : way == INVERTING ? plan.rows : 2 * plan.meetings;
  return 2 * Simd<T>::tile * (plan.rows + kept);
}

// --- phases ---------------------------------------------------------------------------------------------------------

// Sine and cosine to the last bit or two for |x| up to 1e5 rad: Cody-Waite reduction by π/2 in three parts, then the
// minimax polynomials on ±π/4 of fdlibm (Sun Microsystems, k_sin.c and k_cos.c: their coefficients are public).
INLINE void sine_cosine(double x, double* sine, double* cosine) {
  const double quarter = __builtin_rint(x * 0.63661977236758134308);
  double r = x - quarter * 1.57079632673412561417e+00;
  r -= quarter * 6.07710050630396597660e-11;
  r -= quarter * 2.02226624879595063154e-21;
  const double z = r * r;
  double s = 1.58969099521155010221e-10;
  s = s * z - 2.50507602534068634195e-08;
  s = s * z + 2.75573137070700676789e-06;
  s = s * z - 1.98412698298579493134e-04;
  s = s * z + 8.33333333332248946124e-03;
  s = s * z - 1.66666666666666324348e-01;
  s = r + r * z * s;
  double c = -1.13596475577881948265e-11;
  c = c * z + 2.08757232129817482790e-09;
  c = c * z - 2.75573143513906633035e-07;
  c = c * z + 2.48015872894767294178e-05;
  c = c * z - 1.38888888888741095749e-03;
  c = c * z + 4.16666666666666019037e-02;
  c = 1 - 0.5 * z + z * z * c;
  const int64_t turns = int64_t(quarter);
  const bool odd = turns & 1;
  const double sign_s = turns & 2 ? -1.0 : 1.0, sign_c = (turns + 1) & 2 ? -1.0 : 1.0;
  *sine = sign_s * (odd ? c : s);
  *cosine = sign_c * (odd ? s : c);
}

constexpr int64_t CHUNK = 32;

// cos and sin of Σ phases[slot (S, n)] for `size` places from `start`, slots under 0 left out.
INLINE void turns(int64_t n, int64_t slots, const int32_t* slot, const double* phases, int64_t start, int64_t size,
                  double* cosine, double* sine) {
  double angle[CHUNK];
  for (int64_t k = 0; k < CHUNK; ++k) angle[k] = 0;
  int32_t most = -1;
  for (int64_t s = 0; s < slots; ++s)
    for (int64_t k = 0; k < size; ++k) {
      const int32_t index = slot[s * n + start + k];
      most = index > most ? index : most;
      angle[k] += index < 0 ? 0.0 : phases[index];
    }
  if (most < 0)
    for (int64_t k = 0; k < CHUNK; ++k) sine[k] = 0, cosine[k] = 1;
  else
    for (int64_t k = 0; k < CHUNK; ++k) sine_cosine(angle[k], sine + k, cosine + k);
}

INLINE void turn_back(int64_t n, int64_t slots, const int32_t* slot, int64_t start, int64_t size, const double* dangle,
                      double* dphases) {
  for (int64_t s = 0; s < slots; ++s)
    for (int64_t k = 0; k < size; ++k) {
      const int32_t index = slot[s * n + start + k];
      if (index >= 0) dphases[index] += dangle[k];
    }
}

void turn(int64_t n, int64_t slots, const int32_t* slot, const double* phases, const double* way, double* out) {
  double sine[CHUNK], cosine[CHUNK];
  for (int64_t start = 0; start < n; start += CHUNK) {
    const int64_t size = n - start < CHUNK ? n - start : CHUNK;
    turns(n, slots, slot, phases, start, size, cosine, sine);
    for (int64_t k = 0; k < size; ++k) {
      const double re = way[2 * (start + k)], im = way[2 * (start + k) + 1];
      out[2 * (start + k)] = re * cosine[k] - im * sine[k];
      out[2 * (start + k) + 1] = re * sine[k] + im * cosine[k];
    }
  }
}

void turn_vjp(int64_t n, int64_t slots, const int32_t* slot, const double* out, const double* dout, double* dphases) {
  double dangle[CHUNK];
  for (int64_t start = 0; start < n; start += CHUNK) {
    const int64_t size = n - start < CHUNK ? n - start : CHUNK;
    for (int64_t k = 0; k < size; ++k) {
      const int64_t at = 2 * (start + k);
      dangle[k] = -(out[at] * dout[at + 1] + out[at + 1] * dout[at]);
    }
    turn_back(n, slots, slot, start, size, dangle, dphases);
  }
}

// A chunk of complex numbers, real and imaginary parts apart.
struct Strip {
  double re[CHUNK], im[CHUNK];
  INLINE_MEMBER void take(const double* from, int64_t size) {
    for (int64_t k = 0; k < size; ++k) re[k] = from[2 * k], im[k] = from[2 * k + 1];
    for (int64_t k = size; k < CHUNK; ++k) re[k] = im[k] = 0;
  }
  INLINE_MEMBER void put(double* to, int64_t size) const {
    for (int64_t k = 0; k < size; ++k) to[2 * k] = re[k], to[2 * k + 1] = im[k];
  }
  INLINE_MEMBER void product(const Strip& x, const Strip& y) {
    for (int64_t k = 0; k < CHUNK; ++k) {
      const double r = x.re[k] * y.re[k] - x.im[k] * y.im[k];
      im[k] = x.re[k] * y.im[k] + x.im[k] * y.re[k], re[k] = r;
    }
  }
  INLINE_MEMBER void products(const Strip& x, const Strip& y, const Strip& v, const Strip& w) {
    for (int64_t k = 0; k < CHUNK; ++k) {
      re[k] = x.re[k] * y.re[k] - x.im[k] * y.im[k] + v.re[k] * w.re[k] - v.im[k] * w.im[k];
      im[k] = x.re[k] * y.im[k] + x.im[k] * y.re[k] + v.re[k] * w.im[k] + v.im[k] * w.re[k];
    }
  }
};

// What one of the K blocks of a chunk of meetings is: block · diag(way · e^{iφ}).
struct Factor {
  Strip block[2][2], unit[2], way[2], whole[2][2];
  INLINE_MEMBER void take(const Fuse& f, int64_t k, int64_t start, int64_t size, const double* phases,
                          const double* ways, const double* blocks) {
    const int64_t n = 2 * f.blocks * f.meetings;
    for (int in = 0; in < 2; ++in) {
      const int64_t at = (2 * k + in) * f.meetings + start;
      turns(n, f.slots, f.slot, phases, at, size, unit[in].re, unit[in].im);
      way[in].take(ways + 2 * at, size);
      way[in].product(way[in], unit[in]);
      for (int out = 0; out < 2; ++out) {
        block[out][in].take(blocks + 2 * ((4 * k + 2 * out + in) * f.meetings + start), size);
        whole[out][in].product(block[out][in], way[in]);
      }
    }
  }
};

constexpr int64_t MOST_BLOCKS = 4;

// All blocks of a chunk, and their products from the first on.
struct Chain {
  Factor factor[MOST_BLOCKS];
  Strip upto[MOST_BLOCKS][2][2];
  INLINE_MEMBER void take(const Fuse& f, int64_t start, int64_t size, const double* phases, const double* ways,
                          const double* blocks) {
    for (int64_t k = 0; k < f.blocks; ++k) {
      factor[k].take(f, k, start, size, phases, ways, blocks);
      for (int out = 0; out < 2; ++out)
        for (int in = 0; in < 2; ++in)
          if (k == 0)
            upto[0][out][in] = factor[0].whole[out][in];
          else
            upto[k][out][in].products(factor[k].whole[out][0], upto[k - 1][0][in], factor[k].whole[out][1],
                                      upto[k - 1][1][in]);
    }
  }
};

void fuse(const Fuse& f, const double* phases, const double* ways, const double* blocks, double* fused,
          int64_t first, int64_t until) {
  Chain chain;
  for (int64_t start = first; start < until; start += CHUNK) {
    const int64_t size = until - start < CHUNK ? until - start : CHUNK;
    chain.take(f, start, size, phases, ways, blocks);
    for (int out = 0; out < 2; ++out)
      for (int in = 0; in < 2; ++in)
        chain.upto[f.blocks - 1][out][in].put(fused + 2 * ((2 * out + in) * f.meetings + start), size);
  }
}

void fuse_vjp(const Fuse& f, const double* phases, const double* ways, const double* blocks, const double* dfused,
              double* dphases, double* dways, double* dblocks, int64_t first, int64_t until) {
  Chain chain;
  const int64_t n = 2 * f.blocks * f.meetings;
  for (int64_t start = first; start < until; start += CHUNK) {
    const int64_t size = until - start < CHUNK ? until - start : CHUNK;
    chain.take(f, start, size, phases, ways, blocks);
    Strip d[2][2], before[2][2], whole[2][2], one;
    for (int out = 0; out < 2; ++out)
      for (int in = 0; in < 2; ++in) d[out][in].take(dfused + 2 * ((2 * out + in) * f.meetings + start), size);
    for (int64_t k = f.blocks - 1; k >= 0; --k) {
      const Factor& now = chain.factor[k];
      for (int out = 0; out < 2; ++out)
        for (int in = 0; in < 2; ++in)
          if (k == 0) {
            whole[out][in] = d[out][in];
          } else {
            const Strip(*then)[2] = chain.upto[k - 1];
            whole[out][in].products(d[out][0], then[in][0], d[out][1], then[in][1]);
            before[out][in].products(now.whole[0][out], d[0][in], now.whole[1][out], d[1][in]);
          }
      for (int in = 0; in < 2; ++in) {
        const int64_t at = (2 * k + in) * f.meetings + start;
        for (int out = 0; out < 2; ++out) {
          one.product(whole[out][in], now.way[in]);
          one.put(dblocks + 2 * ((4 * k + 2 * out + in) * f.meetings + start), size);
        }
        Strip turned;
        turned.products(whole[0][in], now.block[0][in], whole[1][in], now.block[1][in]);
        one.product(turned, now.unit[in]);
        one.put(dways + 2 * at, size);
        one.product(turned, now.way[in]);
        for (int64_t j = 0; j < CHUNK; ++j) one.im[j] = -one.im[j];
        turn_back(n, f.slots, f.slot, at, size, one.im, dphases);
      }
      for (int out = 0; out < 2; ++out)
        for (int in = 0; in < 2; ++in) d[out][in] = before[out][in];
    }
  }
}

template <class T>
constexpr Kernels<T> kernels() {
  return {Simd<T>::tile, scratch<T>,          lift<T>,    lift_back<T>, run<T>,
          vjp_keeping<T>, vjp_inverting<T>, rescale<T>, unlift<T>};
}

}  // namespace

extern const Table VARIANT;
const Table VARIANT = {kernels<double>(), kernels<float>(), {turn, turn_vjp, fuse, fuse_vjp}};

}  // namespace meetings
