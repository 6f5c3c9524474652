#include "io/temporaries.h"

#include <signal.h>
#include <sys/random.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>

#include "base/bytes.h"
#include "io/file.h"
#include "io/system.h"

namespace kerf::io {

namespace {

// A signal handler may neither allocate nor lock, so names live in fixed slots. A slot's name is
// complete before `used` is set and stays as it is until `used` is cleared.
struct Slot {
  std::atomic<bool> taken{false};
  std::atomic<bool> used{false};
  std::array<char, 4096> name{};
};
std::array<Slot, 16> g_slots;

void register_temporary(const std::string& name) {
  for (Slot& slot : g_slots) {
    if (name.size() < slot.name.size() && !slot.taken.exchange(true)) {
      std::memcpy(slot.name.data(), name.c_str(), name.size() + 1);
      slot.used.store(true, std::memory_order_release);
      return;
    }
  }
  // More than sixteen at once: the seventeenth is still removed by its owner, only not by a signal.
}

extern "C" void remove_and_die(int signal_number) {
  for (Slot& slot : g_slots) {
    if (slot.used.load(std::memory_order_acquire)) {
      ::unlink(slot.name.data());
    }
  }
  ::signal(signal_number, SIG_DFL);
  ::raise(signal_number);
}

}  // namespace

Result<std::string> reserve_temporary(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::size_t name_at = slash == std::string::npos ? 0 : slash + 1;
  std::array<std::uint8_t, 6> random{};
  if (::getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size())) {
    return system_error("get random numbers for a temporary file beside", path, errno);
  }
  // NAME_MAX is 255 on Linux file systems: keep room for our own additions.
  std::string temporary =
      path.substr(0, name_at) + "." + path.substr(name_at, 200) + ".kerf-" + to_hex(random);
  register_temporary(temporary);
  return temporary;
}

bool is_temporary_name(std::string_view name) {
  constexpr std::string_view mark = ".kerf-";
  constexpr std::size_t digits = 12;
  if (name.size() < 1 + mark.size() + digits || name.front() != '.') {
    return false;
  }
  const std::string_view end = name.substr(name.size() - mark.size() - digits);
  return end.starts_with(mark) &&
         end.substr(mark.size()).find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

void forget_temporary(const std::string& temporary) {
  for (Slot& slot : g_slots) {
    if (slot.used.load(std::memory_order_acquire) && temporary == slot.name.data()) {
      slot.used.store(false, std::memory_order_release);
      slot.taken.store(false, std::memory_order_release);
      return;
    }
  }
}

void discard_temporary(const std::string& temporary) {
  static_cast<void>(remove(temporary));
  forget_temporary(temporary);
}

void remove_temporaries_on_signal() {
  struct sigaction action {};
  action.sa_handler = remove_and_die;
  ::sigemptyset(&action.sa_mask);
  for (const int signal_number : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction present {};
    if (::sigaction(signal_number, nullptr, &present) == 0 && present.sa_handler != SIG_IGN) {
      ::sigaction(signal_number, &action, nullptr);
    }
  }
}

}  // namespace kerf::io
