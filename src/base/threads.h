// The same work on several threads.
#pragma once

#include <cstddef>
#include <thread>
#include <vector>

namespace kerf {

// Calls `work()` on `threads` threads, the calling one among them, and returns when all are done.
// `work` must be safe to call from all of them at once, and must not throw. At least once, also for
// 0 threads.
template <class Work>
void run_on_threads(std::size_t threads, const Work& work) {
  std::vector<std::thread> helpers;
  for (std::size_t i = 1; i < threads; ++i) {
    helpers.emplace_back([&work] { work(); });
  }
  work();
  for (std::thread& helper : helpers) {
    helper.join();
  }
}

}  // namespace kerf
