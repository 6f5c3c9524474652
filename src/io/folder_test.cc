// Directories, locks and files that grow.
#include "io/folder.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <vector>

#include "io/append_file.h"
#include "io/temporaries.h"
#include "io/test_support.h"

namespace kerf::io {
namespace {

TEST(Folder, DirectoryOf) {
  EXPECT_EQ(directory_of("a"), ".");
  EXPECT_EQ(directory_of("/a"), "/");
  EXPECT_EQ(directory_of("a/b/c"), "a/b");
}

TEST(Folder, MakesWhatIsMissing) {
  const TestFolder folder;
  ASSERT_TRUE(make_directories(folder.file("a/b//c/")));
  EXPECT_TRUE(is_folder(folder.file("a/b/c")));
  ASSERT_TRUE(make_directories(folder.file("a/b/c")));
  folder.put("file", "x");
  const Status over_file = make_directories(folder.file("file/d"));
  ASSERT_FALSE(over_file);
  EXPECT_NE(over_file.error().text().find("file"), std::string::npos);
}

TEST(Folder, EachMadeDirectoryIsSynced) {
  const TestFolder folder;
  Faults faults([](Op, const std::string&) { return 0; });
  ASSERT_TRUE(make_directories(folder.file("a/b")));
  EXPECT_EQ(std::ranges::count(faults.operations, Op::make_directory), 2);
  EXPECT_EQ(std::ranges::count(faults.operations, Op::sync_directory), 2);
}

TEST(Folder, ListsSortedAndTellsKinds) {
  const TestFolder folder;
  folder.put("b", "");
  ASSERT_TRUE(make_directories(folder.file("a")));
  ASSERT_EQ(::symlink("a", folder.file("c").c_str()), 0);
  const auto entries = list_folder(folder.path());
  ASSERT_TRUE(entries);
  ASSERT_EQ(entries->size(), 3U);
  EXPECT_EQ((*entries)[0].name, "a");
  EXPECT_EQ((*entries)[0].kind, FolderEntry::Kind::folder);
  EXPECT_EQ((*entries)[1].kind, FolderEntry::Kind::file);
  EXPECT_EQ((*entries)[2].kind, FolderEntry::Kind::other);
  EXPECT_FALSE(list_folder(folder.file("none")));
}

TEST(Folder, SweepsOnlyTemporaryFiles) {
  const TestFolder folder;
  const auto temporary = reserve_temporary(folder.file("state.json"));
  ASSERT_TRUE(temporary);
  folder.put(temporary->substr(folder.path().size() + 1), "half");
  forget_temporary(*temporary);
  folder.put(".state.json.kerf-0123456789ag", "not one of ours");
  folder.put("state.json", "{}");
  ASSERT_TRUE(sweep_temporaries(folder.path()));
  EXPECT_EQ(folder.names(), (std::set<std::string>{".state.json.kerf-0123456789ag", "state.json"}));
}

TEST(Folder, FreeSpace) {
  const TestFolder folder;
  const auto free = free_space(folder.path());
  ASSERT_TRUE(free);
  EXPECT_GT(*free, 0U);
  EXPECT_FALSE(free_space(folder.file("none")));
}

TEST(Lock, OneAtATimeAndFreeAfterwards) {
  const TestFolder folder;
  const std::string path = folder.file("lock");
  {
    const auto first = lock_file(path, false);
    ASSERT_TRUE(first) << first.error().text();
    const auto second = lock_file(path, false);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code(), Code::denied);
  }
  EXPECT_TRUE(lock_file(path, false));
}

TEST(Lock, AChildProcessKeepsIt) {
  const TestFolder folder;
  const std::string path = folder.file("lock");
  pid_t child = 0;
  {
    const auto ours = lock_file(path, true);
    ASSERT_TRUE(ours);
    child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::execlp("sleep", "sleep", "30", nullptr);
      ::_exit(127);
    }
  }
  EXPECT_FALSE(lock_file(path, false));
  ASSERT_EQ(::kill(child, SIGKILL), 0);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  EXPECT_TRUE(lock_file(path, false));
}

TEST(AppendFile, GrowsAndShrinks) {
  const TestFolder folder;
  const std::string path = folder.file("part");
  {
    auto file = AppendFile::open(path);
    ASSERT_TRUE(file);
    EXPECT_EQ(file->size(), 0U);
    ASSERT_TRUE(file->write(as_bytes("hello world")));
    ASSERT_TRUE(file->sync());
  }
  auto file = AppendFile::open(path);
  ASSERT_TRUE(file);
  EXPECT_EQ(file->size(), 11U);
  ASSERT_TRUE(file->truncate(6));
  ASSERT_TRUE(file->truncate(100));
  ASSERT_TRUE(file->write(as_bytes("there")));
  EXPECT_EQ(folder.content("part"), "hello there");
}

TEST(AppendFile, FollowsNoLinkAndReportsAFullDisk) {
  const TestFolder folder;
  folder.put("target", "precious");
  ASSERT_EQ(::symlink("target", folder.file("part").c_str()), 0);
  EXPECT_FALSE(AppendFile::open(folder.file("part")));
  EXPECT_EQ(folder.content("target"), "precious");
  auto file = AppendFile::open(folder.file("other"));
  ASSERT_TRUE(file);
  const Faults faults([](Op op, const std::string&) { return op == Op::write ? ENOSPC : 0; });
  const Status written = file->write(as_bytes("x"));
  ASSERT_FALSE(written);
  EXPECT_NE(written.error().text().find("free some space"), std::string::npos);
  EXPECT_EQ(file->size(), 0U);
}

}  // namespace
}  // namespace kerf::io
