#include "agent/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <map>

#include "io/system.h"

namespace kerf::agent {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t most_output = std::size_t{64} << 10;
constexpr std::size_t most_words = std::size_t{2} << 10;

struct Pipe {
  io::Descriptor read;
  io::Descriptor write;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return io::system_error("make", "a pipe", errno);
  }
  return Pipe{io::Descriptor(ends[0]), io::Descriptor(ends[1])};
}

std::vector<std::string> environment_of(const Command& command) {
  std::map<std::string, std::string> values;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const std::size_t equals = text.find('=');
    if (equals != std::string::npos) {
      values[text.substr(0, equals)] = text.substr(equals + 1);
    }
  }
  for (const auto& [name, value] : command.environment) {
    values[name] = value;
  }
  std::vector<std::string> texts;
  texts.reserve(values.size());
  for (const auto& [name, value] : values) {
    texts.push_back(name);
    texts.back().append("=").append(value);
  }
  return texts;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> list;
  list.reserve(texts.size() + 1);
  for (std::string& text : texts) {
    list.push_back(text.data());
  }
  list.push_back(nullptr);
  return list;
}

Result<pid_t> start(const Command& command, const Pipe& output, const Pipe& words) {
  std::vector<std::string> arguments = command.arguments;
  std::vector<std::string> environment = environment_of(command);
  posix_spawn_file_actions_t actions{};
  posix_spawnattr_t attributes{};
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawnattr_init(&attributes);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, output.write.get(), STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, words.write.get(), STDERR_FILENO);
  sigset_t defaults;
  ::sigemptyset(&defaults);
  for (const int signal_number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGXFSZ}) {
    ::sigaddset(&defaults, signal_number);
  }
  ::posix_spawnattr_setsigdefault(&attributes, &defaults);
  ::posix_spawnattr_setpgroup(&attributes, 0);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF);
  pid_t child = 0;
  const int failed = ::posix_spawnp(&child, arguments[0].c_str(), &actions, &attributes,
                                    pointers(arguments).data(), pointers(environment).data());
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) {
    return io::system_error("run", arguments[0], failed);
  }
  return child;
}

// Takes what is in the pipe. False at its end.
bool drain(int fd, std::string& into) {
  std::array<char, 4096> buffer{};
  const ssize_t got = ::read(fd, buffer.data(), buffer.size());
  if (got > 0) {
    into.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return got > 0 || (got < 0 && errno == EINTR);
}

// Reads both pipes until the child has exited and they are empty, or the time is over.
// Grandchildren may keep the pipes open for longer than the child lives: nobody waits for them.
bool listen(pid_t child, const Pipe& output, const Pipe& words, Clock::time_point deadline,
            Finished& finished, int& status) {
  std::array<pollfd, 2> ends{pollfd{output.read.get(), POLLIN, 0},
                             pollfd{words.read.get(), POLLIN, 0}};
  bool exited = false;
  for (;;) {
    const bool silent = ::poll(ends.data(), ends.size(), exited ? 0 : 20) <= 0;
    for (std::size_t i = 0; i < ends.size(); ++i) {
      std::string& into = i == 0 ? finished.output : finished.last_words;
      if ((ends[i].revents & (POLLIN | POLLHUP)) != 0 && !drain(ends[i].fd, into)) {
        ends[i].fd = -1;  // poll passes over it
      }
      ends[i].revents = 0;
    }
    finished.output.resize(std::min(finished.output.size(), most_output));
    if (finished.last_words.size() > 2 * most_words) {
      finished.last_words.erase(0, finished.last_words.size() - most_words);
    }
    if (exited && (silent || (ends[0].fd < 0 && ends[1].fd < 0))) {
      return true;
    }
    exited = exited || ::waitpid(child, &status, WNOHANG) == child;
    if (!exited && Clock::now() > deadline) {
      return false;
    }
  }
}

}  // namespace

Result<Finished> run(const Command& command) {
  TRY_ASSIGN(Pipe output, make_pipe());
  TRY_ASSIGN(Pipe words, make_pipe());
  TRY_ASSIGN(const pid_t child, start(command, output, words));
  output.write = io::Descriptor();
  words.write = io::Descriptor();
  Finished finished;
  int status = 0;
  const auto deadline = Clock::now() + std::chrono::seconds(command.seconds);
  if (!listen(child, output, words, deadline, finished, status)) {
    finished.timed_out = true;
    ::kill(-child, SIGKILL);
    ::waitpid(child, &status, 0);
  }
  if (finished.last_words.size() > most_words) {
    finished.last_words.erase(0, finished.last_words.size() - most_words);
  }
  finished.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return finished;
}

}  // namespace kerf::agent
