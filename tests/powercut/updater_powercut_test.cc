// The updater is stopped at each of its file operations in turn: by kill -9, by an error that
// passes, and by a disk that stays broken. The device must have the old or the new package at every
// moment, and the next run must complete.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <functional>
#include <map>
#include <string>

#include "agent/engine.h"
#include "io/folder.h"
#include "io/test_support.h"
#include "patch/vcdiff/vcdiff.h"

namespace kerf::agent {
namespace {

namespace fs = std::filesystem;

struct Silent final : Reporter {
  void event(std::string_view, const Fields&) override {}
  Observer* observer() override { return nullptr; }
};

constexpr const char* handler = R"(#!/bin/sh
set -e
cd "${0%/*}"
case $1 in
install) cp "$4" ".$3.tmp"; mv ".$3.tmp" "app-$3"; ln -sfn "app-$3" .link; mv -T .link app ;;
query) link=$(readlink app) || exit 1; echo "${link#app-}" ;;
*) exit 2 ;;
esac
)";

std::string text_of(char c) {
  return std::string(20'000, c) + std::string(1, c);
}

// A device with version 1, and a folder that offers version 2 in the way that a test wants.
class World {
 public:
  World() : old_(text_of('o')), new_(old_ + "and more") {
    fs::create_directories(folder_.file("template/apps"));
    folder_.put("template/apps/handler", handler);
    EXPECT_EQ(::chmod(folder_.file("template/apps/handler").c_str(), 0755), 0);
    folder_.put("old.apk", old_);
    folder_.put("new.apk", new_);
    MemorySink delta(1 << 20);
    const Script script{Copy{0, old_.size()}, Add{new_.size() - old_.size()}};
    EXPECT_TRUE(vcdiff::writer().write(as_bytes(old_), as_bytes(new_), script, delta, {}));
    folder_.put("delta", {reinterpret_cast<const char*>(delta.view().data()), delta.view().size()});
    fs::rename(folder_.file("template"), folder_.file("device"));
    EXPECT_TRUE(run(update("1", "old.apk")));
    fs::rename(folder_.file("device"), folder_.file("template"));
  }

  void reset() const {
    fs::remove_all(folder_.file("device"));
    fs::copy(folder_.file("template"), folder_.file("device"),
             fs::copy_options::recursive | fs::copy_options::copy_symlinks);
  }

  Update update(const std::string& version, const std::string& file) const {
    Update update;
    update.name = "app";
    update.version = version;
    update.type = "apk";
    update.full = folder_.file(file);
    update.sha256 = sha256(as_bytes(folder_.content(file)));
    update.keep = true;
    return update;
  }
  Update update(bool by_delta) const {
    Update wanted = update("2", "new.apk");
    if (by_delta) {
      wanted.deltas.emplace_back();
      wanted.deltas[0].patch.address = folder_.file("delta");
      wanted.deltas[0].from_version = "1";
    }
    return wanted;
  }

  // One run of the updater. True: nothing has failed.
  bool run(Update update) const {
    Silent reporter;
    FolderFetcher fetcher;
    const Handlers handlers({.programs = {{"apk", folder_.file("device/apps/handler")}},
                             .zip_root = {},
                             .seconds = 60});
    auto engine = Engine::open({.stage = {.folder = folder_.file("device/staging"),
                                          .reader = &vcdiff::updater_reader(),
                                          .limits = {1 << 20, 16 << 20, 1}},
                                .state_file = folder_.file("device/state.json"),
                                .sources = folder_.file("device/sources"),
                                .boot = "boot",
                                .reboot_program = {}},
                               fetcher, handlers, reporter);
    if (!engine || !engine->resume()) {
      return false;
    }
    std::vector<Update> updates;
    updates.push_back(std::move(update));
    const auto summary = engine->run(updates, true);
    return summary && summary->failed == 0;
  }

  // The device works: it has one of the two packages, complete.
  void expect_working(const std::string& when) const {
    const std::string app = folder_.content("device/apps/app");
    EXPECT_TRUE(app == old_ || app == new_) << when << ": " << app.size() << " bytes";
  }
  void expect_updated(const std::string& when) const {
    EXPECT_EQ(folder_.content("device/apps/app") == new_, true) << when;
    const auto state = load_state(folder_.file("device/state.json"));
    ASSERT_TRUE(state) << when;
    EXPECT_FALSE(state->pending) << when;
    EXPECT_EQ(state->installed.at("app").version, "2") << when;
    EXPECT_TRUE(fs::is_empty(folder_.file("device/staging"))) << when;
    // At most the new one: a disk that fails may have kept it from being stored.
    for (const auto& entry : fs::directory_iterator(folder_.file("device/sources"))) {
      EXPECT_EQ(entry.path().filename(), state->installed.at("app").source.value().file) << when;
    }
  }
  std::string phase() const {
    const auto state = load_state(folder_.file("device/state.json"));
    EXPECT_TRUE(state);
    return !state->pending                              ? "none"
           : state->pending->phase == Phase::installing ? "installing"
                                                        : "retaining";
  }

 private:
  io::TestFolder folder_;
  std::string old_;
  std::string new_;
};

// Does `strike` before the operation number `at`, counted without reads.
struct StrikeAt final : io::FaultInjector {
  StrikeAt(std::size_t number, std::function<int(std::size_t past)> what)
      : at(number), strike(std::move(what)) {
    io::set_fault_injector(this);
  }
  ~StrikeAt() override { io::set_fault_injector(nullptr); }
  StrikeAt(const StrikeAt&) = delete;
  StrikeAt& operator=(const StrikeAt&) = delete;
  int before(io::Op op, const std::string&) override {
    if (op == io::Op::read) {
      return 0;
    }
    const std::size_t number = count++;
    return number >= at ? strike(number - at) : 0;
  }
  std::size_t at;
  std::size_t count = 0;
  std::function<int(std::size_t)> strike;
};

class Powercut : public testing::TestWithParam<bool> {
 protected:
  World world_;
};
INSTANTIATE_TEST_SUITE_P(Ways, Powercut, testing::Values(false, true),
                         [](const auto& way) { return way.param ? "Delta" : "Full"; });

TEST_P(Powercut, KilledAtEachOperation) {
  std::map<std::string, int> phases;
  for (std::size_t at = 0;; ++at) {
    const std::string when = "killed at operation " + std::to_string(at);
    world_.reset();
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      const StrikeAt kill(at, [](std::size_t) { return ::kill(::getpid(), SIGKILL); });
      ::_exit(world_.run(world_.update(GetParam())) ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    world_.expect_working(when);
    ++phases[world_.phase()];
    const bool finished = WIFEXITED(status);
    if (finished) {
      EXPECT_EQ(WEXITSTATUS(status), 0);
    }
    EXPECT_TRUE(world_.run(world_.update(GetParam()))) << when;
    world_.expect_updated(when);
    if (finished) {
      std::cout << at << " operations\n";
      EXPECT_GT(at, 30U);
      break;
    }
  }
  // Each state must have been met.
  for (const char* phase : {"none", "installing", "retaining"}) {
    EXPECT_GT(phases[phase], 0) << phase;
    std::cout << phase << ": " << phases[phase] << " kills\n";
  }
}

// One error that passes, or a disk that is broken from there on.
void fail_at_each(const World& world, bool by_delta, int error, bool passes) {
  for (std::size_t at = 0;; ++at) {
    const std::string when = "failure at operation " + std::to_string(at);
    world.reset();
    bool struck = false;
    {
      const StrikeAt fail(at, [&](std::size_t past) {
        struck = true;
        return passes && past > 0 ? 0 : error;
      });
      static_cast<void>(world.run(world.update(by_delta)));
    }
    world.expect_working(when);
    EXPECT_TRUE(world.run(world.update(by_delta))) << when;
    world.expect_updated(when);
    if (!struck) {
      break;
    }
  }
}

TEST_P(Powercut, AnErrorAtEachOperation) {
  fail_at_each(world_, GetParam(), EIO, true);
}

TEST_P(Powercut, AFullDiskFromEachOperationOn) {
  fail_at_each(world_, GetParam(), ENOSPC, false);
}

}  // namespace
}  // namespace kerf::agent
