#include "package/list/expand.h"

#include <gtest/gtest.h>

namespace kerf::package_list {
namespace {

const Variables versions{"3.12", "5.1", {}};

TEST(Expand, TheDocumentedExample) {
  const auto place = expand("updates/PackageName_{from-version}_to_{to-version}.vcdiff", versions);
  ASSERT_TRUE(place) << place.error().text();
  EXPECT_EQ(*place, (Place{false, "updates/PackageName_3.12_to_5.1.vcdiff"}));
}

TEST(Expand, NineCharactersAreTranslated) {
  EXPECT_EQ(translate("a<b>c:d\"e/f\\g|h?i*j k.l-m_n%o"), "a_b_c_d_e_f_g_h_i_j k.l-m_n%o");
  EXPECT_EQ(expand("{from-version}/x", {"1:0/2", {}, {}})->text, "1_0_2/x");
  EXPECT_EQ(expand("{hw-id}/x", {{}, {}, "a/b"})->text, "a_b/x");
  EXPECT_TRUE(is_recommended_version("aZ09-_."));
  EXPECT_FALSE(is_recommended_version("1 0"));
  EXPECT_FALSE(is_recommended_version("1:0"));
}

TEST(Expand, VariablesMustBeKnownAndHaveAValue) {
  EXPECT_EQ(expand("a{from-version}", Variables{}).error().code(), Code::unsupported);
  EXPECT_EQ(expand("a{hw-id}", versions).error().code(), Code::unsupported);
  EXPECT_EQ(expand("a{colour}", versions).error().code(), Code::unsupported);
  EXPECT_EQ(expand("a{}", versions).error().code(), Code::unsupported);
  EXPECT_EQ(expand("ab{from-version", versions).error().code(), Code::corrupt);
  EXPECT_EQ(expand("ab{from-version", versions).error().offset(), 2U);
  EXPECT_EQ(expand("{to-version}}", versions).error().code(), Code::corrupt);
  // A value is not expanded again.
  EXPECT_EQ(expand("a{from-version}", {"{to-version}", "x", {}})->text, "a{to-version}");
  EXPECT_TRUE(uses_variable("a{from-version}", "from-version"));
  EXPECT_FALSE(uses_variable("a{to-version}", "from-version"));
}

TEST(Expand, PathsThatClimbOrMisleadAreRefused) {
  for (const char* path : {"",
                           "/a",
                           "a//b",
                           "a/",
                           ".",
                           "..",
                           "./a",
                           "../a",
                           "a/../b",
                           "a/..",
                           "a/./b",
                           "a\\b",
                           "a%2e%2e/b",
                           "a\nb",
                           "a\x7f"
                           "b",
                           "a?b",
                           "a#b",
                           "file:///etc/passwd",
                           "ftp://s/a",
                           "https://",
                           "https:///a",
                           "https://../a",
                           "https://.server/a",
                           "https://a..b/c",
                           "https://s",
                           "https://s/",
                           "https://s/../a",
                           "https://s/a//b",
                           "https://s/a?b",
                           "https://u@s/a",
                           "https://s s/a",
                           "https://:80/a",
                           "http:a/b//c"}) {
    SCOPED_TRACE(path);
    const auto place = expand(path, versions);
    ASSERT_FALSE(place);
    EXPECT_EQ(place.error().code(), Code::denied);
  }
}

// Dots are not translated, so a version can be the climbing part.
TEST(Expand, AVersionCannotClimb) {
  for (const char* version : {"..", ".", ""}) {
    EXPECT_EQ(expand("{from-version}/x", {version, {}, {}}).error().code(), Code::denied)
        << version;
  }
  EXPECT_EQ(expand("{from-version}x", {"%2e%2e%2f", {}, {}}).error().code(), Code::denied);
  EXPECT_EQ(expand("x{from-version}", {"..", {}, {}})->text, "x..");
}

TEST(Expand, Urls) {
  EXPECT_EQ(*expand("https://server:8443/latest/{hw-id}/a-{to-version}.ttpkg", {{}, "3", "B1"}),
            (Place{true, "https://server:8443/latest/B1/a-3.ttpkg"}));
  EXPECT_EQ(*expand("lists/one"), (Place{false, "lists/one"}));
  EXPECT_FALSE(expand("lists/{to-version}"));
}

TEST(Expand, UrlJoining) {
  EXPECT_EQ(join_url("https://s/x/list", {false, "b/c d.apk"}), "https://s/x/b/c%20d.apk");
  EXPECT_EQ(join_url("https://s/list", {false, "b\xc3\xa9"}), "https://s/b%C3%A9");
  EXPECT_EQ(join_url("https://s/x/list", {true, "http://t:80/a{b"}), "http://t:80/a%7Bb");
}

}  // namespace
}  // namespace kerf::package_list
