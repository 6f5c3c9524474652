// Result codes are wire format, and stand in one table.
#include "agent/result_codes.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <set>

#include "io/file.h"
#include "io/system.h"

namespace kerf::agent {
namespace {

TEST(ResultCodes, NumbersAscendAndNamesAreUnique) {
  std::set<std::string_view> names;
  int last = -1;
  for (const ResultInfo& row : result_table()) {
    EXPECT_GT(static_cast<int>(row.code), last) << row.name;
    last = static_cast<int>(row.code);
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_FALSE(row.meaning.empty());
    EXPECT_FALSE(row.advice.empty());
    EXPECT_EQ(describe(row.code).name, row.name);
  }
}

// Published numbers may not change: a sample of each group.
TEST(ResultCodes, NumbersAreFrozen) {
  EXPECT_EQ(static_cast<int>(ResultCode::ok), 0);
  EXPECT_EQ(static_cast<int>(ResultCode::list_signature), 1003);
  EXPECT_EQ(static_cast<int>(ResultCode::download_not_found), 2003);
  EXPECT_EQ(static_cast<int>(ResultCode::source_changed), 3003);
  EXPECT_EQ(static_cast<int>(ResultCode::patch_damaged), 4001);
  EXPECT_EQ(static_cast<int>(ResultCode::target_damaged), 5002);
  EXPECT_EQ(static_cast<int>(ResultCode::handler_failed), 6002);
  EXPECT_EQ(static_cast<int>(ResultCode::no_space), 7001);
}

TEST(ResultCodes, FoundByNumberOrName) {
  EXPECT_EQ(find_result("2003")->name, "download_not_found");
  EXPECT_EQ(find_result("download_not_found")->code, ResultCode::download_not_found);
  EXPECT_FALSE(find_result("2999"));
  EXPECT_FALSE(find_result(""));
}

TEST(ResultCodes, TheInnermostCodeStays) {
  const Error error = with_code(ResultCode::list_unreachable,
                                with_code(ResultCode::download_tls, Error(Code::io, "no")));
  EXPECT_EQ(code_of(error), ResultCode::download_tls);
}

TEST(ResultCodes, OfErrorsWithoutOne) {
  EXPECT_EQ(code_of(io::system_error("write", "x", ENOSPC)), ResultCode::no_space);
  EXPECT_EQ(code_of(io::system_error("write", "x", EIO)), ResultCode::device_io);
  EXPECT_EQ(code_of(Error(Code::cancelled, "x")), ResultCode::cancelled);
  EXPECT_EQ(code_of(Error(Code::bug, "x")), ResultCode::internal);
}

TEST(ResultCodes, TheDocumentHasTheTable) {
  const auto file = io::FileSource::open(KERF_SOURCE_FOLDER "/docs/updater.md");
  ASSERT_TRUE(file) << file.error().text();
  const auto bytes = read_all(*file, 1 << 20);
  ASSERT_TRUE(bytes);
  const std::string text(bytes->begin(), bytes->end());
  EXPECT_NE(text.find(result_table_markdown()), std::string::npos)
      << "docs/updater.md must hold this table:\n"
      << result_table_markdown();
}

}  // namespace
}  // namespace kerf::agent
