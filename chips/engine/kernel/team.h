// The core that this thread runs on, −1 where that cannot be told.
inline int core() {
#if defined(__linux__)
  return sched_getcpu();
#else
  return -1;
#endif
}

// Threads that share out short jobs. XLA's own take 50 us and more to wake where cores are virtual, as long as half the
// work here; these look out for the next job for a while before they sleep, as those of a BLAS or of OpenMP do.

#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>

#if defined(__linux__)
#include <sched.h>
#endif

namespace meetings {

class Team {
 public:
  using Job = std::function<void(int64_t)>;

  // Jobs 0 … count - 1, each once, all done on return. This thread takes jobs as the others do, and waits only for those
  // that were begun: it comes back even if nobody helps. Not from within a job.
  void run(int64_t count, int64_t threads, const Job& job) {
    Batch batch{&job, count};
    Slot* slot = threads > 1 && count > 1 ? claim(&batch) : nullptr;
    if (slot) {
      grow(threads - 1);
      ++calls_;
      if (asleep_ > 0) {
        std::lock_guard<std::mutex> lock(mutex_);
        wake_.notify_all();
      }
    }
    batch.work();
    if (!slot) return;
    slot->batch = nullptr;
    while (batch.done < count || slot->inside > 0) std::this_thread::yield();
    slot->taken = false;
  }

 private:
  struct Batch {
    const Job* job;
    int64_t count;
    std::atomic<int64_t> next{0}, done{0};
    bool work() {
      bool any = false;
      for (int64_t k; (k = next.fetch_add(1)) < count; ++done, any = true) (*job)(k);
      return any;
    }
  };
  // Where a caller lays its jobs out: several may call at once.
  struct Slot {
    std::atomic<bool> taken{false};
    std::atomic<Batch*> batch{nullptr};
    std::atomic<int64_t> inside{0};  // helpers that may hold the batch
    std::atomic<int> core{-1};       // where the caller runs
  };

  static constexpr std::chrono::microseconds PATIENCE{200};

  Slot* claim(Batch* batch) {
    for (Slot& slot : slots_) {
      bool free = false;
      if (slot.taken.compare_exchange_strong(free, true)) {
        slot.core = core();
        slot.batch = batch;
        return &slot;
      }
    }
    return nullptr;
  }

  void grow(int64_t helpers) {
    if (helpers_ >= helpers) return;
    std::lock_guard<std::mutex> lock(mutex_);
    for (; helpers_ < helpers; ++helpers_) std::thread([this] { help(); }).detach();
  }

  bool look() {
    bool any = false;
    for (Slot& slot : slots_) {
      if (!slot.batch.load()) continue;
      step_aside(slot.core);
      ++slot.inside;
      if (Batch* batch = slot.batch) any |= batch->work();
      --slot.inside;
    }
    return any;
  }

  // Off the caller's core: a thread that is woken often starts on that of its waker, and is moved only milliseconds later.
  static void step_aside(int callers) {
#if defined(__linux__)
    if (callers < 0 || core() != callers) return;
    static const cpu_set_t all = [] {
      cpu_set_t set;
      CPU_ZERO(&set);
      sched_getaffinity(0, sizeof set, &set);
      return set;
    }();
    cpu_set_t others = all;
    CPU_CLR(callers, &others);
    if (CPU_COUNT(&others)) sched_setaffinity(0, sizeof others, &others);
#endif
  }

  void help() {
    auto last = std::chrono::steady_clock::now();
    while (true) {
      const int64_t seen = calls_;
      if (look()) {
        last = std::chrono::steady_clock::now();
      } else if (std::chrono::steady_clock::now() - last < PATIENCE) {
        std::this_thread::yield();
      } else {
        std::unique_lock<std::mutex> lock(mutex_);
        ++asleep_;
        wake_.wait(lock, [&] { return calls_ != seen; });
        --asleep_;
        last = std::chrono::steady_clock::now();
      }
    }
  }

  Slot slots_[8];
  std::atomic<int64_t> calls_{0}, asleep_{0}, helpers_{0};
  std::mutex mutex_;
  std::condition_variable wake_;
};

// One for the process, never taken apart: its threads run until the process ends.
inline Team& team() {
  static Team* one = new Team;
  return *one;
}

}  // namespace meetings
