// Programs that are run, and install handlers.
#include "agent/process.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <string>

#include "agent/handlers.h"
#include "agent/result_codes.h"
#include "io/test_support.h"

namespace kerf::agent {
namespace {

using io::TestFolder;

Finished shell(const std::string& text, unsigned seconds = 60) {
  auto finished = run({{"sh", "-c", text, "name", "an argument"}, {{"KERF_X", "value"}}, seconds});
  EXPECT_TRUE(finished) << finished.error().text();
  return *finished;
}

TEST(Process, ArgumentsEnvironmentAndOutput) {
  const Finished finished = shell("echo \"$1|$KERF_X\"; echo words >&2; cat; exit 3");
  EXPECT_EQ(finished.output, "an argument|value\n");
  EXPECT_EQ(finished.last_words, "words\n");
  EXPECT_EQ(finished.exit_code, 3);
  EXPECT_FALSE(finished.timed_out);
}

TEST(Process, OutputIsBounded) {
  const Finished finished = shell("yes | head -c 300000; yes e | head -c 300000 >&2; echo end >&2");
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_EQ(finished.output.size(), 65536U);
  EXPECT_LE(finished.last_words.size(), 2048U);
  EXPECT_TRUE(finished.last_words.ends_with("end\n"));
}

TEST(Process, TimeIsBoundedForChildrenToo) {
  const Finished finished = shell("sleep 600 & wait", 1);
  EXPECT_TRUE(finished.timed_out);
  EXPECT_EQ(finished.exit_code, 128 + 9);
}

TEST(Process, NobodyWaitsForWhatStaysInTheBackground) {
  const Finished finished = shell("sleep 600 & echo $!");
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_FALSE(finished.timed_out);
  shell("kill " + finished.output);
}

TEST(Process, SignalsAndMissingPrograms) {
  EXPECT_EQ(shell("kill -TERM $$").exit_code, 128 + 15);
  EXPECT_FALSE(run({{"/nonexistent/program"}, {}, 1}));
}

class HandlersTest : public testing::Test {
 protected:
  Handlers with_script(const std::string& text) {
    const std::string path = folder_.put("handler", "#!/bin/sh\n" + text);
    EXPECT_EQ(::chmod(path.c_str(), 0755), 0);
    return Handlers({.programs = {{"apk", path}}, .zip_root = folder_.file("root"), .seconds = 60});
  }
  const Subject subject_{"my app", "apk", "2", "1"};
  TestFolder folder_;
};

TEST_F(HandlersTest, AreToldWhatToDo) {
  const Handlers handlers =
      with_script("for a; do printf '%s;' \"$a\"; done >> " + folder_.file("calls") +
                  "\necho \" $KERF_NAME,$KERF_TYPE,$KERF_VERSION,$KERF_FROM_VERSION\" >> " +
                  folder_.file("calls"));
  ASSERT_TRUE(handlers.install(subject_, "/x/new.apk", nullptr));
  ASSERT_TRUE(handlers.remove(subject_));
  EXPECT_EQ(folder_.content("calls"),
            "install;my app;2;/x/new.apk; my app,apk,2,1\nremove;my app;2; my app,apk,2,1\n");
}

TEST_F(HandlersTest, Failures) {
  const Status refused =
      with_script("echo 1 >&2; echo no room >&2; exit 9").install(subject_, "", nullptr);
  EXPECT_EQ(code_of(refused.error()), ResultCode::handler_failed);
  EXPECT_NE(refused.error().text().find("exit code 9: \"no room\""), std::string::npos)
      << refused.error().text();
  const Handlers none({});
  EXPECT_EQ(code_of(none.install(subject_, "", nullptr).error()), ResultCode::handler_missing);
  EXPECT_EQ(code_of(none.can_install("zip").error()), ResultCode::handler_missing);
  EXPECT_TRUE(with_script("").can_install("zip"));
  const Handlers gone({.programs = {{"*", folder_.file("gone")}}, .zip_root = {}, .seconds = 60});
  EXPECT_EQ(code_of(gone.install(subject_, "", nullptr).error()), ResultCode::handler_failed);
}

TEST_F(HandlersTest, Query) {
  const auto answer = with_script("echo 3.1").query("app", "apk");
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->known);
  EXPECT_EQ(answer->version, "3.1");
  const auto absent = with_script("exit 1").query("app", "apk");
  EXPECT_TRUE(absent->known);
  EXPECT_FALSE(absent->version);
  EXPECT_FALSE(with_script("exit 2").query("app", "apk")->known);
  EXPECT_FALSE(with_script("exit 3").query("app", "apk"));
  EXPECT_FALSE(with_script("exit 1").query("app", "zip")->known);
}

}  // namespace
}  // namespace kerf::agent
