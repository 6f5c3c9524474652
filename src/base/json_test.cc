#include "base/json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace kerf {
namespace {

constexpr Limits limits{.output = 0, .memory = 1 << 16, .depth = 4};

TEST(Json, ReadsDocumentsAndKeepsTheOrder) {
  const std::string text =
      R"({"b": [1, -2, 0.5, true, null], "a": {"x": "\u00e9\n"}, "c": 18446744073709551615})";
  const auto document = parse_json(as_bytes(text), limits);
  ASSERT_TRUE(document) << document.error().text();
  EXPECT_EQ(document->dump(),
            "{\"b\":[1,-2,0.5,true,null],\"a\":{\"x\":\"\u00e9\\n\"},\"c\":18446744073709551615}");
}

struct Fault {
  std::string text;
  Code code;
  std::uint64_t offset;
};

TEST(Json, FaultsHaveTheirCodeAndOffset) {
  for (const Fault& fault : {Fault{"", Code::truncated, 0}, Fault{"{\"a\": 1", Code::truncated, 7},
                             Fault{"[1, 2", Code::truncated, 5}, Fault{"[1,]", Code::corrupt, 3},
                             Fault{"[1] x", Code::corrupt, 4}, Fault{"{'a': 1}", Code::corrupt, 1},
                             Fault{"[\"a\nb\"]", Code::corrupt, 3}, Fault{"nul", Code::corrupt, 3},
                             Fault{"[1e999]", Code::corrupt, 5}}) {
    SCOPED_TRACE(fault.text);
    const auto document = parse_json(as_bytes(fault.text), limits);
    ASSERT_FALSE(document);
    EXPECT_EQ(document.error().code(), fault.code) << document.error().text();
    EXPECT_EQ(document.error().offset(), fault.offset) << document.error().text();
  }
}

TEST(Json, NoNameTwiceInOneObject) {
  EXPECT_EQ(parse_json(as_bytes(R"({"a": 1, "a": 1})"), limits).error().code(), Code::corrupt);
  EXPECT_EQ(parse_json(as_bytes(R"({"a": 1, "\u0061": 1})"), limits).error().code(), Code::corrupt);
  EXPECT_TRUE(parse_json(as_bytes(R"({"a": {"a": {"a": 1}}, "b": [{"a": 1}, {"a": 2}]})"), limits));
}

TEST(Json, DepthAndMemoryAreBounded) {
  EXPECT_TRUE(parse_json(as_bytes("[[[[]]]]"), limits));
  EXPECT_EQ(parse_json(as_bytes("[[[[[]]]]]"), limits).error().code(), Code::limit);
  EXPECT_EQ(parse_json(as_bytes(std::string(60000, '[')), limits).error().code(), Code::limit);
  std::string many = "[0";
  for (int i = 0; i < 1000; ++i) {
    many += ",0";
  }
  EXPECT_EQ(parse_json(as_bytes(many + "]"), limits).error().code(), Code::limit);
  EXPECT_EQ(parse_json(as_bytes(std::string(1 << 17, ' ')), limits).error().code(), Code::limit);
}

TEST(Json, TextThatIsNotUtf8IsRefused) {
  EXPECT_EQ(parse_json(as_bytes("[\"\xff\"]"), limits).error().code(), Code::corrupt);
  EXPECT_EQ(parse_json(as_bytes("[\"\\ud800\"]"), limits).error().code(), Code::corrupt);
}

TEST(Json, QuotesAreSafeToPrint) {
  EXPECT_EQ(in_quotes("a\"b"), R"("a\"b")");
  EXPECT_EQ(in_quotes("a\n\x1b[31m"), "\"a??[31m\"");
  EXPECT_EQ(in_quotes("\xff"), "\"\xef\xbf\xbd\"");
  EXPECT_EQ(in_quotes(std::string(100, 'x')), "\"" + std::string(80, 'x') + "\"...");
}

}  // namespace
}  // namespace kerf
