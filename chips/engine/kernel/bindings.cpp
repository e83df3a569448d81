// The kernel as XLA custom calls: shapes checked, instruction set picked, samples shared out among XLA's own threads.
//
// Every operand may have leading axes. They are flattened to L, and an operand has L or one of each.

#include <cstdlib>
#include <functional>
#include <memory>
#include <string>

#include "meetings.h"
#include "team.h"
#include "xla/ffi/api/ffi.h"

namespace meetings {

extern const Table baseline_2;
#if defined(__x86_64__)
extern const Table avx2_1, avx2_2, avx2_4, avx2_8, avx512_1, avx512_2, avx512_4, avx512_8;
#endif

namespace {

namespace ffi = xla::ffi;
using ffi::AnyBuffer, ffi::DataType, ffi::Error;
using Result = ffi::Result<AnyBuffer>;

// Tiles of 1, 2, 4 and 8 vectors for the best instruction set of this processor, or for the one that BACKLIGHT_KERNEL names.
const Table* const* tables() {
  static const Table* const plain[] = {&baseline_2, &baseline_2, &baseline_2, &baseline_2};
#if defined(__x86_64__)
  static const Table* const middle[] = {&avx2_1, &avx2_2, &avx2_4, &avx2_8};
  static const Table* const best[] = {&avx512_1, &avx512_2, &avx512_4, &avx512_8};
  static const int level = [] {
    const char* told = std::getenv("BACKLIGHT_KERNEL");
    const std::string wanted = told ? told : "";
    if (wanted == "baseline") return 0;
    const bool v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
    const bool v4 = v3 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                    __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw") &&
                    __builtin_cpu_supports("avx512cd");
    return v4 && wanted != "avx2" ? 2 : v3 ? 1 : 0;
  }();
  if (level == 2) return best;
  if (level == 1) return middle;
#endif
  return plain;
}

inline const Kernels<double>& of_type(const Table& table, double) { return table.real64; }
inline const Kernels<float>& of_type(const Table& table, float) { return table.real32; }

// The widest tile that samples fill, and that leaves one for each thread.
template <class T>
const Kernels<T>& kernels(int64_t batch, int64_t threads) {
  for (int k = 3; k > 0; --k) {
    const Kernels<T>& wide = of_type(*tables()[k], T{});
    if (wide.tile * threads < batch + wide.tile / 2) return wide;
  }
  return of_type(*tables()[0], T{});
}

int64_t leading(const AnyBuffer& buffer, size_t rank) {
  int64_t total = 1;
  for (size_t k = 0; k + rank < buffer.dimensions().size(); ++k) total *= buffer.dimensions()[k];
  return total;
}

int64_t last(const AnyBuffer& buffer, size_t from_end = 1) {
  return buffer.dimensions()[buffer.dimensions().size() - from_end];
}

// One of `lead` for each result; where it has fewer, each serves as many results in a row (axes of jax.vmap come first).
template <class T>
struct Operand {
  Operand(const AnyBuffer& buffer, size_t rank, int64_t lead)
      : data(static_cast<const T*>(buffer.untyped_data())), step(1), each(lead / leading(buffer, rank)) {
    for (size_t k = buffer.dimensions().size() - rank; k < buffer.dimensions().size(); ++k)
      step *= buffer.dimensions()[k];
    if (buffer.element_type() == DataType::C128 || buffer.element_type() == DataType::C64) step *= 2;
  }
  const T* operator[](int64_t k) const { return data + k / each * step; }
  const T* data;
  int64_t step, each;
};

const int32_t* integers(const AnyBuffer& buffer) { return static_cast<const int32_t*>(buffer.untyped_data()); }

Plan plan_of(int64_t rows, const AnyBuffer& inputs, const AnyBuffer& pair, const AnyBuffer& reads) {
  const int64_t meetings = last(pair), count = last(reads);
  const int32_t *a = integers(pair), *row = integers(reads);
  return {rows, last(inputs), meetings, count, integers(inputs), a, a + meetings, row, row + count, row + 2 * count};
}

// Work below this many meetings times samples is not worth waking another thread for.
constexpr int64_t WORTH_SHARING = 1 << 16;

template <class T>
struct Scratch {
  explicit Scratch(int64_t size) : memory(new T[size + 16]) {
    at = memory.get();
    while (reinterpret_cast<uintptr_t>(at) % 64) ++at;
  }
  std::unique_ptr<T[]> memory;
  T* at;
};

// One schedule's meetings, lifted.
template <class T>
struct Ready {
  Ready(const Kernels<T>& kernel, const Plan& plan, const T* block, const T* read)
      : lifted(new Lifted<T>[plan.meetings]),
        scaled(new T[2 * (plan.reads + plan.rows)]),
        scales(new double[scales_of(plan)]) {
    kernel.lift(plan, block, read, lifted.get(), scaled.get(), scales.get());
  }
  std::unique_ptr<Lifted<T>[]> lifted;
  std::unique_ptr<T[]> scaled;
  std::unique_ptr<double[]> scales;
};

int64_t threads_for(ffi::ThreadPool& pool, const Plan& plan, int64_t lead, int64_t batch) {
  const int64_t most = pool.num_threads() > 0 ? pool.num_threads() : 1;
  return lead * batch * plan.meetings < WORTH_SHARING ? 1 : most;
}

// How L times B samples are shared out: L at once, or each in parts of some tiles.
struct Shares {
  Shares(int64_t lead, int64_t batch, int64_t tile, int64_t threads)
      : tile(tile), batch(batch), tiles((batch + tile - 1) / tile), threads(threads) {
    parts = lead >= threads ? 1 : tiles < threads ? tiles : threads;
  }
  template <class F>
  void each_tile(int64_t part, F&& f) const {
    for (int64_t k = tiles * part / parts; k < tiles * (part + 1) / parts; ++k)
      f(k * tile, batch - k * tile < tile ? batch - k * tile : tile);
  }
  // One after another, each with all threads, or side by side.
  template <class F>
  void each(int64_t lead, F&& f) const {
    const Share alone = [](int64_t count, const std::function<void(int64_t)>& job) {
      for (int64_t k = 0; k < count; ++k) job(k);
    };
    const Share together = [&](int64_t count, const std::function<void(int64_t)>& job) {
      team().run(count, threads, job);
    };
    if (parts == 1 && lead > 1)
      team().run(lead, threads, [&](int64_t k) { f(k, alone); });
    else
      for (int64_t k = 0; k < lead; ++k) f(k, together);
  }
  using Share = std::function<void(int64_t, const std::function<void(int64_t)>&)>;
  int64_t tile, batch, tiles, threads, parts;
};

template <class T>
void meet(ffi::ThreadPool& pool, const Plan& plan, int64_t lead, int64_t batch, bool power, Operand<T> block,
          Operand<T> read, Operand<T> x, T* y, T* last) {
  const int64_t threads = threads_for(pool, plan, lead, batch);
  const Kernels<T>& kernel = kernels<T>(batch, lead >= threads ? 1 : threads);
  const Shares shares(lead, batch, kernel.tile, threads);
  const int64_t size = plan.reads * batch * (power ? 1 : 2), size_last = 2 * plan.rows * batch;
  shares.each(lead, [&](int64_t k, const Shares::Share& share) {
    const Ready<T> ready(kernel, plan, block[k], read[k]);
    share(shares.parts, [&](int64_t part) {
      const Scratch<T> scratch(kernel.scratch(plan, AHEAD));
      shares.each_tile(part, [&](int64_t first, int64_t count) {
        kernel.run(plan, ready.lifted.get(), ready.scaled.get(), x[k], y + k * size,
                   last ? last + k * size_last : nullptr, power, batch, first, count, scratch.at);
      });
    });
  });
}

template <class T>
void meet_vjp(ffi::ThreadPool& pool, const Plan& plan, int64_t lead, int64_t batch, bool may_invert, Operand<T> block,
              Operand<T> read, Operand<T> x, Operand<T> last, Operand<T> dy, T* dblock, T* dread, T* dx) {
  const int64_t threads = threads_for(pool, plan, lead, batch);
  const Kernels<T>& kernel = kernels<T>(batch, lead >= threads ? 1 : threads);
  const Shares shares(lead, batch, kernel.tile, threads);
  const int64_t of_blocks = 8 * plan.meetings, sums = of_blocks + 2 * plan.reads;
  shares.each(lead, [&](int64_t k, const Shares::Share& share) {
    std::unique_ptr<Ready<T>> ready;
    const std::unique_ptr<Lifted<T>[]> back(new Lifted<T>[plan.meetings]);
    const std::unique_ptr<double[]> scales(new double[scales_of(plan)]);
    bool inverting = false;
    share(2, [&](int64_t which) {
      if (which == 0)
        inverting = may_invert && kernel.lift_back(plan, block[k], back.get(), scales.get());
      else
        ready.reset(new Ready<T>(kernel, plan, block[k], read[k]));
    });
    const std::unique_ptr<double[]> total(new double[shares.parts * sums]());
    T* dx_k = dx + 2 * k * plan.inputs * batch;
    share(shares.parts, [&](int64_t part) {
      const Scratch<T> scratch(kernel.scratch(plan, inverting ? INVERTING : KEEPING));
      double* mine = total.get() + part * sums;
      shares.each_tile(part, [&](int64_t first, int64_t count) {
        if (inverting)
          kernel.vjp_inverting(plan, ready->lifted.get(), back.get(), ready->scaled.get(), last[k], dy[k], dx_k, mine,
                               mine + of_blocks, batch, first, count, scratch.at);
        else
          kernel.vjp_keeping(plan, ready->lifted.get(), ready->scaled.get(), x[k], dy[k], dx_k, mine, mine + of_blocks,
                             batch, first, count, scratch.at);
      });
    });
    const int64_t ranges = shares.parts > 1 ? shares.threads : 1;
    share(ranges, [&](int64_t range) {
      const int64_t first = plan.meetings * range / ranges, until = plan.meetings * (range + 1) / ranges;
      const int64_t end = range + 1 == ranges ? sums : 8 * until;
      for (int64_t part = 1; part < shares.parts; ++part)
        for (int64_t n = 8 * first; n < end; ++n) total[n] += total[part * sums + n];
    });
    if (inverting)
      share(ranges, [&](int64_t range) {
        kernel.rescale(plan, ready->lifted.get(), ready->scales.get(), scales.get(), total.get(),
                       total.get() + of_blocks, plan.meetings * range / ranges, plan.meetings * (range + 1) / ranges);
      });
    kernel.unlift(plan, ready->lifted.get(), block[k], read[k], ready->scales.get(), total.get(),
                  total.get() + of_blocks, dblock + k * of_blocks, dread + 2 * k * plan.reads);
  });
}

template <class T>
T* data(Result& result) {
  return static_cast<T*>(result->untyped_data());
}

// Runs `f` with the scalar type of the blocks.
template <class F>
Error typed(const AnyBuffer& block, F&& f) {
  if (block.element_type() == DataType::C128)
    f(double{});
  else if (block.element_type() == DataType::C64)
    f(float{});
  else
    return Error::InvalidArgument("meetings: expected complex64 or complex128");
  return Error::Success();
}

Error meet_call(ffi::ThreadPool pool, AnyBuffer block, AnyBuffer read, AnyBuffer x, AnyBuffer inputs, AnyBuffer pair,
                AnyBuffer reads, int64_t rows, Result y) {
  const Plan plan = plan_of(rows, inputs, pair, reads);
  const bool power = y->element_type() == DataType::F64 || y->element_type() == DataType::F32;
  return typed(block, [&](auto real) {
    using T = decltype(real);
    const int64_t lead = leading(*y, 2);
    meet<T>(pool, plan, lead, last(*y), power, {block, 3, lead}, {read, 1, lead}, {x, 2, lead}, data<T>(y), nullptr);
  });
}

Error keep_call(ffi::ThreadPool pool, AnyBuffer block, AnyBuffer read, AnyBuffer x, AnyBuffer inputs, AnyBuffer pair,
                AnyBuffer reads, int64_t rows, Result y, Result end) {
  const Plan plan = plan_of(rows, inputs, pair, reads);
  return typed(block, [&](auto real) {
    using T = decltype(real);
    const int64_t lead = leading(*y, 2);
    meet<T>(pool, plan, lead, last(*y), false, {block, 3, lead}, {read, 1, lead}, {x, 2, lead}, data<T>(y),
            data<T>(end));
  });
}

Error vjp_call(ffi::ThreadPool pool, AnyBuffer block, AnyBuffer read, AnyBuffer x, AnyBuffer end, AnyBuffer dy,
               AnyBuffer inputs, AnyBuffer pair, AnyBuffer reads, int64_t rows, bool invert, Result dblock,
               Result dread, Result dx) {
  const Plan plan = plan_of(rows, inputs, pair, reads);
  return typed(block, [&](auto real) {
    using T = decltype(real);
    const int64_t lead = leading(*dx, 2);
    meet_vjp<T>(pool, plan, lead, last(*dx), invert, {block, 3, lead}, {read, 1, lead}, {x, 2, lead}, {end, 2, lead},
                {dy, 2, lead}, data<T>(dblock), data<T>(dread), data<T>(dx));
  });
}

Error turn_call(AnyBuffer slot, AnyBuffer phases, AnyBuffer way, Result out) {
  const int64_t n = last(way), slots = last(slot, 2), lead = leading(*out, 1);
  const Operand<double> from(phases, 1, lead), ways(way, 1, lead);
  for (int64_t k = 0; k < lead; ++k)
    tables()[0]->turns.turn(n, slots, integers(slot), from[k], ways[k], data<double>(out) + 2 * k * n);
  return Error::Success();
}

Error turn_vjp_call(AnyBuffer slot, AnyBuffer out, AnyBuffer dout, Result dphases) {
  const int64_t n = last(out), slots = last(slot, 2), lead = leading(*dphases, 1), count = last(*dphases);
  const Operand<double> ways(out, 1, lead), dways(dout, 1, lead);
  double* to = data<double>(dphases);
  for (int64_t k = 0; k < lead * count; ++k) to[k] = 0;
  for (int64_t k = 0; k < lead; ++k)
    tables()[0]->turns.turn_vjp(n, slots, integers(slot), ways[k], dways[k], to + k * count);
  return Error::Success();
}

// Meetings of one part, where threads share them out: whole cache lines, and enough to be worth it.
constexpr int64_t LEAST_PART = 512;

int64_t parts_of(ffi::ThreadPool& pool, int64_t meetings) {
  const int64_t most = meetings / LEAST_PART, threads = pool.num_threads();
  return most < 2 || threads < 2 ? 1 : most < threads ? most : threads;
}

int64_t bound(int64_t meetings, int64_t part, int64_t parts) {
  return part == parts ? meetings : meetings * part / parts / 8 * 8;
}

Error fuse_call(ffi::ThreadPool pool, AnyBuffer slot, AnyBuffer phases, AnyBuffer way, AnyBuffer block, Result fused) {
  const Fuse fuse = {last(way), last(way, 3), last(slot, 4), integers(slot)};
  const int64_t lead = leading(*fused, 3), parts = parts_of(pool, fuse.meetings);
  const Operand<double> from(phases, 1, lead), ways(way, 3, lead), blocks(block, 4, lead);
  team().run(lead * parts, parts, [&](int64_t job) {
    const int64_t k = job / parts, part = job % parts;
    tables()[0]->turns.fuse(fuse, from[k], ways[k], blocks[k], data<double>(fused) + 8 * k * fuse.meetings,
                            bound(fuse.meetings, part, parts), bound(fuse.meetings, part + 1, parts));
  });
  return Error::Success();
}

Error fuse_vjp_call(ffi::ThreadPool pool, AnyBuffer slot, AnyBuffer phases, AnyBuffer way, AnyBuffer block,
                    AnyBuffer dfused, Result dphases, Result dway, Result dblock) {
  const Fuse fuse = {last(way), last(way, 3), last(slot, 4), integers(slot)};
  const int64_t lead = leading(*dphases, 1), count = last(*dphases), size = fuse.blocks * fuse.meetings;
  const int64_t parts = parts_of(pool, fuse.meetings);
  const Operand<double> from(phases, 1, lead), ways(way, 3, lead), blocks(block, 4, lead), d(dfused, 3, lead);
  const std::unique_ptr<double[]> sums(new double[lead * parts * count]());
  team().run(lead * parts, parts, [&](int64_t job) {
    const int64_t k = job / parts, part = job % parts;
    tables()[0]->turns.fuse_vjp(fuse, from[k], ways[k], blocks[k], d[k], sums.get() + job * count,
                                data<double>(dway) + 4 * k * size, data<double>(dblock) + 8 * k * size,
                                bound(fuse.meetings, part, parts), bound(fuse.meetings, part + 1, parts));
  });
  double* to = data<double>(dphases);
  for (int64_t k = 0; k < lead; ++k)
    for (int64_t n = 0; n < count; ++n) {
      double total = 0;
      for (int64_t part = 0; part < parts; ++part) total += sums[(k * parts + part) * count + n];
      to[k * count + n] = total;
    }
  return Error::Success();
}

}  // namespace
}  // namespace meetings

using Bound = xla::ffi::AnyBuffer;

#define OPERANDS(extra)                                                                                     \
  xla::ffi::Ffi::Bind()                                                                                     \
      .Ctx<xla::ffi::ThreadPool>()                                                                          \
      .Arg<Bound>()                                                                                         \
      .Arg<Bound>()                                                                                         \
      .Arg<Bound>() extra.Arg<Bound>()                                                                      \
      .Arg<Bound>()                                                                                         \
      .Arg<Bound>()                                                                                         \
      .Attr<int64_t>("rows")

XLA_FFI_DEFINE_HANDLER_SYMBOL(meet, meetings::meet_call, OPERANDS().Ret<Bound>());

XLA_FFI_DEFINE_HANDLER_SYMBOL(meet_keep, meetings::keep_call, OPERANDS().Ret<Bound>().Ret<Bound>());

XLA_FFI_DEFINE_HANDLER_SYMBOL(
    meet_vjp, meetings::vjp_call,
    OPERANDS(.Arg<Bound>().Arg<Bound>()).Attr<bool>("invert").Ret<Bound>().Ret<Bound>().Ret<Bound>());

XLA_FFI_DEFINE_HANDLER_SYMBOL(turn, meetings::turn_call,
                              xla::ffi::Ffi::Bind().Arg<Bound>().Arg<Bound>().Arg<Bound>().Ret<Bound>());

XLA_FFI_DEFINE_HANDLER_SYMBOL(turn_vjp, meetings::turn_vjp_call,
                              xla::ffi::Ffi::Bind().Arg<Bound>().Arg<Bound>().Arg<Bound>().Ret<Bound>());

XLA_FFI_DEFINE_HANDLER_SYMBOL(fuse, meetings::fuse_call,
                              xla::ffi::Ffi::Bind()
                                  .Ctx<xla::ffi::ThreadPool>()
                                  .Arg<Bound>()
                                  .Arg<Bound>()
                                  .Arg<Bound>()
                                  .Arg<Bound>()
                                  .Ret<Bound>());

XLA_FFI_DEFINE_HANDLER_SYMBOL(fuse_vjp, meetings::fuse_vjp_call,
                              xla::ffi::Ffi::Bind()
                                  .Ctx<xla::ffi::ThreadPool>()
                                  .Arg<Bound>()
                                  .Arg<Bound>()
                                  .Arg<Bound>()
                                  .Arg<Bound>()
                                  .Arg<Bound>()
                                  .Ret<Bound>()
                                  .Ret<Bound>()
                                  .Ret<Bound>());
