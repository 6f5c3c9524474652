#include "package/list/list.h"

#include <gtest/gtest.h>

#include "package/list/effective.h"

namespace kerf::package_list {
namespace {

Result<PackageList> parse(std::string_view text) {
  return parse_package_list(as_bytes(text), list_limits());
}

// A package list around one package.
Result<PackageList> parse_one(const std::string& members) {
  return parse(R"({"schema": "1", "packages": [{)" + members + "}]}");
}

constexpr const char* digits = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

TEST(PackageListFormat, EveryMemberIsRead) {
  const std::string text = std::string(R"({
    "schema": "1",
    "note": {"by": ["hand"]},
    "packages": [
      {"name": "map", "version": "3.14", "path": "maps/map.ttpkg", "reboot": "true"},
      {"name": "voice", "exclude": true},
      {"name": "app", "version": "5.1", "path": "a_5.1.apk", "colour": 7,
       "diff_path": "a_{from-version}_to_{to-version}.vcdiff", "reboot": "false",
       "size": 1234, "sha256": ")") +
                           digits +
                           R"(", "diff_size": {"3.12": 99, "4.0": 100},
       "diff_sha256": {"3.12": ")" +
                           digits + R"("}, "source_sha256": {"5.0": ")" + digits + R"("}}
    ]})";
  const auto list = parse(text);
  ASSERT_TRUE(list) << list.error().text();
  ASSERT_EQ(list->packages.size(), 3U);
  EXPECT_EQ(list->unknown, (std::vector<Unknown>{{"note", R"({"by":["hand"]})"}}));

  const Package& map = list->packages[0];
  EXPECT_EQ(map.name, "map");
  EXPECT_EQ(map.version, "3.14");
  EXPECT_EQ(map.path, "maps/map.ttpkg");
  EXPECT_EQ(map.diff_path, std::nullopt);
  EXPECT_TRUE(map.reboot);
  EXPECT_FALSE(map.exclude);

  EXPECT_TRUE(list->packages[1].exclude);
  EXPECT_EQ(list->packages[1].version, "");

  const Package& app = list->packages[2];
  EXPECT_FALSE(app.reboot);
  EXPECT_EQ(app.size, 1234U);
  EXPECT_EQ(app.sha256, *parse_sha256(digits));
  EXPECT_EQ(app.unknown, (std::vector<Unknown>{{"colour", "7"}}));
  ASSERT_EQ(app.diffs.size(), 3U);
  EXPECT_EQ(app.diffs.at("3.12").size, 99U);
  EXPECT_EQ(app.diffs.at("3.12").sha256, *parse_sha256(digits));
  EXPECT_EQ(app.diffs.at("4.0").sha256, std::nullopt);
  EXPECT_EQ(app.diffs.at("5.0").source_sha256, *parse_sha256(digits));

  const auto again = parse(to_text(*list));
  ASSERT_TRUE(again) << again.error().text();
  EXPECT_EQ(*again, *list);
}

TEST(PackageListFormat, FaultsNameTheMember) {
  const std::string good = R"("name": "n", "version": "1", "path": "p")";
  ASSERT_TRUE(parse_one(good));
  for (const auto& [members, says] : std::vector<std::pair<std::string, std::string>>{
           {R"("version": "1", "path": "p")", "\"name\" is missing"},
           {R"("name": "", "version": "1", "path": "p")", "\"name\": the string is empty"},
           {R"("name": 7, "version": "1", "path": "p")", "\"name\": a string is expected"},
           {R"("name": "n", "path": "p")", "\"version\" is missing"},
           {R"("name": "n", "version": 1, "path": "p")", "\"version\": a string"},
           {R"("name": "n", "version": "1")", "neither \"path\" nor \"diff_path\""},
           {R"("name": "n", "version": "1", "path": null)", "\"path\": a string"},
           {good + R"(, "reboot": 1)", "\"reboot\": \"true\" or \"false\""},
           {good + R"(, "exclude": "yes")", "\"exclude\": \"true\" or \"false\""},
           {good + R"(, "size": "1")", "\"size\": a number of bytes"},
           {good + R"(, "size": -1)", "\"size\": a number of bytes"},
           {good + R"(, "size": 1.5)", "\"size\": a number of bytes"},
           {good + R"(, "sha256": "12")", "\"sha256\": 64 hexadecimal digits"},
           {good + R"(, "diff_size": 7)", "\"diff_size\": an object"},
           {good + R"(, "diff_size": {"3": "x"})", "\"diff_size\": \"3\": a number"},
           {good + R"(, "diff_sha256": {"3": 7})", "\"diff_sha256\": \"3\": 64"},
       }) {
    SCOPED_TRACE(members);
    const auto list = parse_one(members);
    ASSERT_FALSE(list);
    EXPECT_EQ(list.error().code(), Code::corrupt);
    EXPECT_NE(list.error().text().find("packages[0]: "), std::string::npos) << list.error().text();
    EXPECT_NE(list.error().text().find(says), std::string::npos) << list.error().text();
  }
}

TEST(PackageListFormat, TheFrameMustBeRight) {
  EXPECT_EQ(parse(R"({"schema": "2", "packages": []})").error().code(), Code::unsupported);
  EXPECT_EQ(parse(R"({"schema": 1, "packages": []})").error().code(), Code::unsupported);
  EXPECT_EQ(parse(R"({"packages": []})").error().code(), Code::corrupt);
  EXPECT_EQ(parse(R"({"schema": "1"})").error().code(), Code::corrupt);
  EXPECT_EQ(parse(R"({"schema": "1", "packages": {}})").error().code(), Code::corrupt);
  EXPECT_EQ(parse(R"([])").error().code(), Code::corrupt);
  EXPECT_TRUE(parse(R"({"schema": "1", "packages": []})"));
}

TEST(UpdateLocationsFormat, RoundTripAndFaults) {
  const std::string text =
      R"({"schema": "1", "locations": ["package-list", "https://s/l"], "x": 1})";
  const auto locations = parse_update_locations(as_bytes(text), list_limits());
  ASSERT_TRUE(locations) << locations.error().text();
  EXPECT_EQ(locations->lists, (std::vector<std::string>{"package-list", "https://s/l"}));
  EXPECT_EQ(*parse_update_locations(as_bytes(to_text(*locations)), list_limits()), *locations);
  for (const char* bad : {R"({"schema": "1", "locations": [1]})",
                          R"({"schema": "1", "locations": [""]})", R"({"schema": "1"})"}) {
    EXPECT_FALSE(parse_update_locations(as_bytes(bad), list_limits())) << bad;
  }
}

TEST(KeyListFormat, RoundTripAndFaults) {
  const auto with = [](const std::string& name, const std::string& hash) {
    std::string text = R"({"schema": "1", "keys": [{"filename": ")";
    text.append(name).append(R"(", "hash": ")").append(hash).append(R"("}]})");
    return text;
  };
  const auto keys = parse_key_list(as_bytes(with("customer.key", digits)), list_limits());
  ASSERT_TRUE(keys) << keys.error().text();
  EXPECT_EQ(keys->keys, (std::vector<ListedKey>{{"customer.key", *parse_sha256(digits)}}));
  EXPECT_EQ(*parse_key_list(as_bytes(to_text(*keys)), list_limits()), *keys);
  EXPECT_FALSE(parse_key_list(as_bytes(with("customer.key", "12")), list_limits()));
  for (const char* name : {"", ".", "..", "a/b", "../a", "/a", "a\\\\b", "a\\u0000b", "%2e%2e"}) {
    EXPECT_FALSE(parse_key_list(as_bytes(with(name, digits)), list_limits())) << name;
  }
}

Package package(const std::string& name, const std::string& version) {
  Package made;
  made.name = name;
  made.version = version;
  made.path = name + version;
  return made;
}

Package exclusion(const std::string& name) {
  Package made;
  made.name = name;
  made.exclude = true;
  return made;
}

// "0:a=1 1:b=2": list number, name and version of what remains.
std::string effect(const std::vector<PackageList>& lists) {
  const auto packages = effective_packages(lists);
  if (!packages) {
    return packages.error().text();
  }
  std::string text;
  for (const auto& [entry, list] : *packages) {
    text.append(text.empty() ? "" : " ").append(std::to_string(list)).append(":");
    text.append(entry->name).append("=").append(entry->version);
  }
  return text;
}

TEST(EffectivePackages, OrderAndExclusion) {
  const Package a = package("a", "1");
  const Package b = package("b", "2");
  EXPECT_EQ(effect({}), "");
  EXPECT_EQ(effect({{{a, b}, {}}}), "0:a=1 0:b=2");
  EXPECT_EQ(effect({{{a, b}, {}}, {{exclusion("a")}, {}}}), "0:b=2");
  // Only what stands before, and what comes later is there again.
  EXPECT_EQ(effect({{{exclusion("a"), a}, {}}}), "0:a=1");
  EXPECT_EQ(effect({{{a, b}, {}}, {{exclusion("a"), package("a", "3")}, {}}}), "0:b=2 1:a=3");
  EXPECT_EQ(effect({{{exclusion("nobody"), b}, {}}}), "0:b=2");
}

TEST(EffectivePackages, OneNameTwice) {
  const Package a = package("a", "1");
  EXPECT_EQ(effect({{{a, a}, {}}}), "0:a=1");
  EXPECT_NE(effect({{{a, package("a", "2")}, {}}}).find("packages[0] of list 1 and as packages[1]"),
            std::string::npos);
  // The same text, but below another folder.
  EXPECT_NE(effect({{{a}, {}}, {{a}, {}}}).find("stands twice"), std::string::npos);
}

}  // namespace
}  // namespace kerf::package_list
