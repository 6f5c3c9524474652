// Files are read as they are, and appear only when complete: whatever fails, whoever kills us.
#include "io/file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "io/test_support.h"

namespace kerf::io {
namespace {

using Names = std::set<std::string>;

// Larger than the write buffer, so that writes happen before commit() as well.
const std::string large(300000, 'n');

Status write_file(const std::string& path, bool overwrite, const std::string& content = large) {
  TRY_ASSIGN(const auto file, OutputFile::create(path, overwrite));
  const Bytes bytes = as_bytes(content);
  TRY(file->write(bytes.first(bytes.size() / 3)));
  TRY(file->write(bytes.subspan(bytes.size() / 3)));
  TRY_ASSIGN(const auto written, file->read_back());
  TRY_ASSIGN(const auto again, read_all(*written, bytes.size()));
  if (!std::equal(again.begin(), again.end(), bytes.begin(), bytes.end())) {
    return Error(Code::bug, "read_back differs from what was written");
  }
  return file->commit();
}

mode_t mode_of(const std::string& path) {
  struct stat info {};
  EXPECT_EQ(::stat(path.c_str(), &info), 0);
  return info.st_mode & 07777;
}

// Faults that make `folder` lie in a file system without unnamed files, if `named`.
std::function<int(Op, const std::string&)> without_unnamed(const TestFolder& folder, bool named) {
  return [&folder, named, last = Op::read](Op op, const std::string& path) mutable {
    // The folder is opened to be synced, too.
    const bool fails =
        named && op == Op::open && path == folder.path() && last != Op::sync_directory;
    last = op;
    return fails ? EOPNOTSUPP : 0;
  };
}

// The two ways to hide an unfinished file: without a name, and under a temporary one.
class OutputFileTest : public testing::TestWithParam<bool> {
 protected:
  TestFolder folder_;
};
INSTANTIATE_TEST_SUITE_P(Ways, OutputFileTest, testing::Values(false, true),
                         [](const auto& way) { return way.param ? "Named" : "Unnamed"; });

TEST_P(OutputFileTest, AppearsComplete) {
  const Faults faults(without_unnamed(folder_, GetParam()));
  const std::string path = folder_.file("new");
  {
    auto file = OutputFile::create(path, false);
    ASSERT_TRUE(file) << file.error().text();
    ASSERT_TRUE((*file)->write(as_bytes("hello ")));
    ASSERT_TRUE((*file)->write(as_bytes("world")));
    EXPECT_EQ((*file)->size(), 11U);
    EXPECT_EQ(folder_.names().count("new"), 0U);
    ASSERT_TRUE((*file)->commit());
  }
  EXPECT_EQ(folder_.names(), Names{"new"});
  EXPECT_EQ(folder_.content("new"), "hello world");
}

TEST_P(OutputFileTest, DroppedLeavesNothing) {
  const Faults faults(without_unnamed(folder_, GetParam()));
  {
    auto file = OutputFile::create(folder_.file("new"), false);
    ASSERT_TRUE(file);
    ASSERT_TRUE((*file)->write(as_bytes(large)));
  }
  EXPECT_EQ(folder_.names(), Names{});
}

TEST_P(OutputFileTest, DoesNotOverwriteUnlessTold) {
  folder_.put("old", "precious");
  const Faults faults(without_unnamed(folder_, GetParam()));
  const auto refused = OutputFile::create(folder_.file("old"), false);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Code::denied);
  EXPECT_NE(refused.error().text().find(folder_.file("old")), std::string::npos);
  EXPECT_EQ(folder_.content("old"), "precious");
  ASSERT_TRUE(write_file(folder_.file("old"), true));
  EXPECT_EQ(folder_.content("old"), large);
  EXPECT_EQ(folder_.names(), Names{"old"});
}

TEST_P(OutputFileTest, DoesNotOverwriteWhatAppearedMeanwhile) {
  const Faults faults(without_unnamed(folder_, GetParam()));
  {
    auto file = OutputFile::create(folder_.file("new"), false);
    ASSERT_TRUE(file);
    ASSERT_TRUE((*file)->write(as_bytes("ours")));
    folder_.put("new", "theirs");
    const Status status = (*file)->commit();
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code(), Code::denied) << status.error().text();
  }
  EXPECT_EQ(folder_.content("new"), "theirs");
  EXPECT_EQ(folder_.names(), Names{"new"});
}

TEST_P(OutputFileTest, PermissionsFollowTheUmaskOrTheReplacedFile) {
  const mode_t before = ::umask(027);
  {
    const Faults faults(without_unnamed(folder_, GetParam()));
    ASSERT_TRUE(write_file(folder_.file("new"), false));
    EXPECT_EQ(mode_of(folder_.file("new")), 0640U);
    folder_.put("tool", "old");
    ASSERT_EQ(::chmod(folder_.file("tool").c_str(), 0757), 0);
    ASSERT_TRUE(write_file(folder_.file("tool"), true));
    EXPECT_EQ(mode_of(folder_.file("tool")), 0757U);
  }
  ::umask(before);
}

TEST_P(OutputFileTest, ReplacesALinkNotItsTarget) {
  folder_.put("target", "precious");
  ASSERT_EQ(::symlink("target", folder_.file("link").c_str()), 0);
  const Faults faults(without_unnamed(folder_, GetParam()));
  EXPECT_EQ(OutputFile::create(folder_.file("link"), false).error().code(), Code::denied);
  ASSERT_TRUE(write_file(folder_.file("link"), true));
  EXPECT_EQ(folder_.content("target"), "precious");
  struct stat info {};
  ASSERT_EQ(::lstat(folder_.file("link").c_str(), &info), 0);
  EXPECT_TRUE(S_ISREG(info.st_mode));
}

// Count the operations of a good run, then fail each one of them.
TEST_P(OutputFileTest, EveryFailureLeavesNothingAndTheOldFile) {
  for (const bool replace : {false, true}) {
    for (const int error : {EIO, ENOSPC}) {
      std::size_t operations = 0;
      for (std::size_t failing = 0; failing <= operations; ++failing) {
        const TestFolder folder;
        if (replace) {
          folder.put("file", "precious");
        }
        const auto way = without_unnamed(folder, GetParam());
        std::size_t count = 0;
        bool in_place = false;  // once the new file has its name, only the folder is synced
        const Faults faults([&](Op op, const std::string& path) {
          if (const int fault = way(op, path)) {
            return fault;
          }
          in_place = in_place || op == Op::sync_directory;
          return ++count == failing ? error : 0;
        });
        const Status result = write_file(folder.file("file"), replace);
        if (failing == 0) {
          ASSERT_TRUE(result) << result.error().text();
          operations = count;
          continue;
        }
        SCOPED_TRACE("operation " + std::to_string(failing) + " of " + std::to_string(operations));
        if (result) {
          // An unnamed file that cannot be had is no failure: there is the named one.
          EXPECT_FALSE(GetParam());
          EXPECT_EQ(failing, 1U);
          EXPECT_EQ(folder.content("file"), large);
          continue;
        }
        EXPECT_EQ(result.error().code(), Code::io);
        EXPECT_NE(result.error().text().find(folder.path()), std::string::npos)
            << result.error().text();
        EXPECT_EQ(folder.names(), replace ? Names{"file"} : Names{});
        if (replace) {
          EXPECT_EQ(folder.content("file"), in_place ? large : "precious");
        }
      }
      EXPECT_GE(operations, 8U);
    }
  }
}

TEST(OutputFile, RefusesWhatIsNoFile) {
  const TestFolder folder;
  EXPECT_EQ(OutputFile::create(folder.path(), true).error().code(), Code::denied);
  EXPECT_EQ(OutputFile::create(folder.path() + "/", true).error().code(), Code::denied);
  EXPECT_EQ(OutputFile::create("", true).error().code(), Code::denied);
  ASSERT_EQ(::mkfifo(folder.file("pipe").c_str(), 0600), 0);
  EXPECT_EQ(OutputFile::create(folder.file("pipe"), true).error().code(), Code::denied);
  const auto nowhere = OutputFile::create(folder.file("gone/file"), false);
  ASSERT_FALSE(nowhere);
  EXPECT_EQ(nowhere.error().text().rfind(folder.file("gone/file") + ": ", 0), 0U)
      << nowhere.error().text();
}

TEST(OutputFile, TakesALongName) {
  const TestFolder folder;
  const std::string name(255, 'x');
  ASSERT_TRUE(write_file(folder.file(name), false));
  ASSERT_TRUE(write_file(folder.file(name), true));  // needs a temporary name of its own
  EXPECT_EQ(folder.names(), Names{name});
}

// ---- being killed

// A child that writes and waits; `named`: in a file with a temporary name. Killed by
// `signal_number`. What it leaves.
Names names_after_kill(int signal_number, bool named, bool* unnamed_supported = nullptr) {
  const TestFolder folder;
  int ready[2];
  if (::pipe(ready) != 0) {
    return {"no pipe"};
  }
  const pid_t child = ::fork();
  if (child == 0) {
    remove_temporaries_on_signal();
    const Faults faults(without_unnamed(folder, named));
    auto file = OutputFile::create(folder.file("new"), false);
    const bool good = file && (*file)->write(as_bytes(large));
    const char answer = !good ? 'f' : folder.names().empty() ? 'u' : 'n';
    if (::write(ready[1], &answer, 1) == 1) {
      for (;;) {
        ::pause();
      }
    }
    ::_exit(1);
  }
  ::close(ready[1]);
  char answer = 'f';
  EXPECT_EQ(::read(ready[0], &answer, 1), 1);
  ::close(ready[0]);
  EXPECT_NE(answer, 'f');
  if (unnamed_supported != nullptr) {
    *unnamed_supported = answer == 'u';
  }
  ::kill(child, signal_number);
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), signal_number) << "it must die as usual, not exit";
  return folder.names();
}

TEST(Killed, SignalsLeaveNoNamedTemporary) {
  for (const int signal_number : {SIGINT, SIGTERM, SIGHUP}) {
    EXPECT_EQ(names_after_kill(signal_number, true), Names{});
  }
}

TEST(Killed, KillMinusNineLeavesNoUnnamedTemporary) {
  bool supported = false;
  const Names left = names_after_kill(SIGKILL, false, &supported);
  if (!supported) {
    GTEST_SKIP() << "the file system of " << testing::TempDir() << " has no unnamed files";
  }
  EXPECT_EQ(left, Names{});
}

// The control: the test sees litter when there is some.
TEST(Killed, KillMinusNineDoesLeaveANamedTemporary) {
  EXPECT_EQ(names_after_kill(SIGKILL, true).size(), 1U);
}

// ---- reading

TEST(FileSource, ReadsAtRandom) {
  const TestFolder folder;
  const auto source = FileSource::open(folder.put("file", "0123456789"));
  ASSERT_TRUE(source);
  EXPECT_EQ(source->size(), 10U);
  std::vector<std::uint8_t> out(3);
  ASSERT_TRUE(source->read_at(7, out));
  EXPECT_EQ(std::string(out.begin(), out.end()), "789");
  EXPECT_TRUE(source->read_at(10, {}));
  for (const std::uint64_t offset : {std::uint64_t{8}, std::uint64_t{11}, ~std::uint64_t{0}}) {
    const Status status = source->read_at(offset, out);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code(), Code::truncated);
    EXPECT_EQ(status.error().offset(), offset);
  }
}

TEST(FileSource, NoticesAFileThatShrinks) {
  const TestFolder folder;
  const auto source = FileSource::open(folder.put("file", "0123456789"));
  ASSERT_TRUE(source);
  ASSERT_EQ(::truncate(folder.file("file").c_str(), 5), 0);
  std::vector<std::uint8_t> out(6);
  const Status status = source->read_at(0, out);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code(), Code::truncated);
  EXPECT_EQ(status.error().offset(), 5U);
}

TEST(FileSource, RefusesWhatHasNoSize) {
  const TestFolder folder;
  EXPECT_EQ(FileSource::open(folder.path()).error().code(), Code::unsupported);
  ASSERT_EQ(::mkfifo(folder.file("pipe").c_str(), 0600), 0);
  EXPECT_EQ(FileSource::open(folder.file("pipe")).error().code(), Code::unsupported);
  EXPECT_EQ(MappedFile::open(folder.file("pipe")).error().code(), Code::unsupported);
  const auto gone = FileSource::open(folder.file("gone"));
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code(), Code::io);
  EXPECT_NE(gone.error().text().find("check the path"), std::string::npos);
}

TEST(FileSource, ReportsABadMedium) {
  const TestFolder folder;
  const auto source = FileSource::open(folder.put("file", "0123456789"));
  ASSERT_TRUE(source);
  const Faults faults([](Op op, const std::string&) { return op == Op::read ? EIO : 0; });
  std::vector<std::uint8_t> out(3);
  EXPECT_EQ(source->read_at(0, out).error().code(), Code::io);
}

TEST(MappedFile, GivesTheBytes) {
  const TestFolder folder;
  auto opened = MappedFile::open(folder.put("file", "0123456789"));
  ASSERT_TRUE(opened);
  const MappedFile file = *std::move(opened);
  EXPECT_EQ(std::string(file.bytes().begin(), file.bytes().end()), "0123456789");
  file.release_pages();
  EXPECT_EQ(file.bytes()[9], '9');
  EXPECT_TRUE(MappedFile::open(folder.put("empty", ""))->bytes().empty());
  const Faults faults([](Op op, const std::string&) { return op == Op::map ? ENOMEM : 0; });
  EXPECT_EQ(MappedFile::open(folder.file("file")).error().code(), Code::io);
}

TEST(SameFile, LooksThroughNames) {
  const TestFolder folder;
  const std::string path = folder.put("file", "x");
  folder.put("other", "x");
  ASSERT_EQ(::symlink("file", folder.file("link").c_str()), 0);
  ASSERT_EQ(::link(path.c_str(), folder.file("hard").c_str()), 0);
  EXPECT_TRUE(same_file(path, folder.file("link")));
  EXPECT_TRUE(same_file(path, folder.file("hard")));
  EXPECT_FALSE(same_file(path, folder.file("other")));
  EXPECT_FALSE(same_file(folder.file("gone"), folder.file("gone")));
}

}  // namespace
}  // namespace kerf::io
