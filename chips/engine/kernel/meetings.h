// What the two sides of the kernel share: plain data and a table of functions, one table per instruction set.
//
// All complex arrays are interleaved (re, im). Shapes: N inputs, R rows, P meetings, T reads, B samples.

#pragma once

#include <cstdint>

namespace meetings {

struct Plan {
  int64_t rows, inputs, meetings, reads;
  const int32_t* input_row;   // (N)
  const int32_t* a;           // (P)
  const int32_t* b;           // (P)
  const int32_t* read_row;    // (T), in the order of time
  const int32_t* read_after;  // (T) meetings done by then, never falling
  const int32_t* read_index;  // (T) which read of the caller's it is
};

// One meeting in lifted form, u and v being the two rows (swapped where that has the larger pivots):
//   a' = u + p v,   b' = v + q u          and the scales of a' and b' are kept aside, per row, as numbers.
// It costs two complex products per sample where a full 2x2 block costs four: a fast Givens rotation.
// (Gentleman, J. Inst. Maths Applics 12, 329 (1973); Golub & Van Loan, Matrix Computations, "fast Givens".)
enum Kind : int32_t { STRAIGHT = 0, SWAPPED = 1, FULL = 2 };

template <class T>
struct Lifted {
  T p[2], q[2];   // FULL: a' = p u + f v,  b' = q v + g u
  T f[2], g[2];
  int32_t u, v;   // where the rows are read from, in scalars from the start of the tile
  int32_t a, b;   // where they are written to
  int32_t kind, unused;
};

// What a pass over a tile needs room for.
enum Way : int32_t { AHEAD, KEEPING, INVERTING };

// Numbers that `lift` and `lift_back` leave behind, and `unlift` works in.
inline int64_t scales_of(const Plan& plan) { return 2 * (2 * plan.meetings + 2 * plan.rows + plan.reads); }

template <class T>
struct Kernels {
  int64_t tile;  // samples
  int64_t (*scratch)(const Plan&, Way);
  // (2, 2, P) blocks and (T) ways to lifted meetings (P) and scaled ways (T), the rows' last scales (R) behind them.
  void (*lift)(const Plan&, const T* block, const T* read, Lifted<T>* lifted, T* scaled, double* scales);
  // The inverse of each block; false where one has none to speak of.
  bool (*lift_back)(const Plan&, const T* block, Lifted<T>* back, double* scales);
  // Samples first … first + count of x (N, B) to fields y (T, B) or, where `power`, |field|² (T, B); and, unless
  // null, the last fields of all rows (R, B).
  void (*run)(const Plan&, const Lifted<T>*, const T* scaled, const T* x, T* y, T* last, bool power, int64_t batch,
              int64_t first, int64_t count, T* scratch);
  // Cotangents (T, B) to those of the inputs (N, B); adds those of p, q, f, g (P, 8) and of the scaled ways (T).
  void (*vjp_keeping)(const Plan&, const Lifted<T>*, const T* scaled, const T* x, const T* dy, T* dx, double* dlifted,
                      double* dscaled, int64_t batch, int64_t first, int64_t count, T* scratch);
  void (*vjp_inverting)(const Plan&, const Lifted<T>*, const Lifted<T>* back, const T* scaled, const T* last,
                        const T* dy, T* dx, double* dlifted, double* dscaled, int64_t batch, int64_t first,
                        int64_t count, T* scratch);
  // Of meetings first … until - 1; the reads' with the first.
  void (*rescale)(const Plan&, const Lifted<T>*, const double* scales, const double* back, double* dlifted,
                  double* dscaled, int64_t first, int64_t until);
  // Those of p, q, f, g and of the scaled ways to those of blocks (2, 2, P) and ways (T).
  void (*unlift)(const Plan&, const Lifted<T>*, const T* block, const T* read, double* scales, const double* dlifted,
                 const double* dscaled, T* dblock, T* dread);
};

// P meetings of K blocks, and the slots (S, K, 2, P) of the phases on their ways.
struct Fuse {
  int64_t meetings, blocks, slots;
  const int32_t* slot;
};

struct Turns {
  // out (n) = way (n) · e^{i Σ phases[slot (S, n)]}, slots under 0 left out.
  void (*turn)(int64_t n, int64_t slots, const int32_t* slot, const double* phases, const double* way, double* out);
  // Adds to the cotangents of the phases those of `out`.
  void (*turn_vjp)(int64_t n, int64_t slots, const int32_t* slot, const double* out, const double* dout,
                   double* dphases);
  // Ways (K, 2, P), turned, and blocks (K, 2, 2, P), K ≤ 4, to one block (2, 2, P): of meetings first … until - 1.
  void (*fuse)(const Fuse&, const double* phases, const double* ways, const double* blocks, double* fused,
               int64_t first, int64_t until);
  // Adds to the cotangents of the phases; sets those of ways and blocks.
  void (*fuse_vjp)(const Fuse&, const double* phases, const double* ways, const double* blocks, const double* dfused,
                   double* dphases, double* dways, double* dblocks, int64_t first, int64_t until);
};

struct Table {
  Kernels<double> real64;
  Kernels<float> real32;
  Turns turns;
};

}  // namespace meetings
