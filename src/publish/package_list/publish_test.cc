#include "publish/package_list/publish.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "io/folder.h"
#include "publish/package_list/layout.h"
#include "publish/package_list/repository_for_tests.h"
#include "publish/package_list/state.h"
#include "trust/rsa_test_keys.h"

namespace kerf::publish {
namespace {

using package_list::Package;

class Publishing : public RepositoryTest {};

TEST_F(Publishing, AFirstVersionAndItsUpdates) {
  ASSERT_TRUE(publish({map("1.0")}));
  EXPECT_EQ(content("packages/map/1.0.ttpkg"), input_.content("map-1.0.ttpkg"));
  Package entry = list().packages.at(0);
  EXPECT_EQ(entry.version, "1.0");
  EXPECT_EQ(entry.path, "packages/map/1.0.ttpkg");
  // From the first set-up on, so that devices keep the source.
  EXPECT_EQ(entry.diff_path, "updates/map/{from-version}_to_{to-version}.vcdiff");
  EXPECT_TRUE(entry.diffs.empty());
  EXPECT_EQ(package_list::parse_update_locations(as_bytes(content("update-locations")),
                                                 package_list::list_limits())
                ->lists,
            std::vector<std::string>{"package-list"});

  const auto report = publish({map("1.1"), map("2.0")});
  ASSERT_TRUE(report) << report.error().text();
  EXPECT_EQ(report->deltas.made, 2U);
  entry = list().packages.at(0);
  EXPECT_EQ(list().packages.size(), 1U);
  EXPECT_EQ(entry.version, "2.0");
  EXPECT_EQ(entry.size, map("2.0").id.size);
  EXPECT_EQ(entry.sha256, map("2.0").id.sha256);
  ASSERT_EQ(entry.diffs.size(), 2U);
  EXPECT_EQ(entry.diffs["1.0"].size, content(delta_10_20).size());
  EXPECT_EQ(entry.diffs["1.0"].sha256, sha256(as_bytes(content(delta_10_20))));
  EXPECT_EQ(entry.diffs["1.0"].source_sha256, map("1.0").id.sha256);
  // What fielded updaters accept: no checksum, no application header, no secondary compression.
  EXPECT_EQ(content(delta_10_20).substr(0, 5), std::string("\xd6\xc3\xc4\0\0", 5));
  EXPECT_TRUE(check_delta(path("packages/map/1.0.ttpkg"), path(delta_10_20), map("2.0").id));
}

TEST_F(Publishing, WhatIsUnchangedIsNotMadeAgain) {
  ASSERT_TRUE(publish({map("1.0"), map("1.1"), map("2.0")}));
  const auto before = everything();
  const auto report = publish({map("1.0"), map("1.1"), map("2.0")});
  ASSERT_TRUE(report);
  EXPECT_EQ(report->deltas.made, 0U);
  EXPECT_EQ(report->deltas.kept, 2U);
  EXPECT_TRUE(report->written.empty());
  EXPECT_EQ(everything(), before);

  // A damaged delta is noticed and made again; one that only the state forgot is not.
  put(delta_10_20, "damaged");
  EXPECT_EQ(publish({})->deltas.made, 1U);
  EXPECT_EQ(everything(), before);
  std::filesystem::remove(path(".kerf-publish.json"));
  const auto again = publish({map("1.0"), map("1.1"), map("2.0")});
  EXPECT_EQ(again->deltas.made, 0U);
  EXPECT_EQ(again->deltas.kept, 2U);
  EXPECT_EQ(everything(), before);
}

TEST_F(Publishing, TheResultDoesNotDependOnThreads) {
  auto one = options({map("1.0"), map("1.1"), map("2.0")});
  one.threads = 1;
  ASSERT_TRUE(publish_package_list(one));
  const auto first = everything();
  std::filesystem::remove_all(repository());
  one.threads = 8;
  ASSERT_TRUE(publish_package_list(one));
  EXPECT_EQ(everything(), first);
}

TEST_F(Publishing, WhichVersionsGetDeltas) {
  auto some = options({map("1.0"), map("1.1"), map("2.0")});
  some.keep = 1;
  ASSERT_TRUE(publish_package_list(some));
  EXPECT_FALSE(there(delta_10_20));
  EXPECT_TRUE(there(delta_11_20));

  some.packages.clear();
  some.from = std::vector<std::string>{"1.0"};
  ASSERT_TRUE(publish_package_list(some));
  EXPECT_EQ(list().packages.at(0).diffs.size(), 1U);
  EXPECT_TRUE(list().packages.at(0).diffs.contains("1.0"));

  some.from = std::vector<std::string>{"0.9"};
  const auto unknown = publish_package_list(some);
  ASSERT_FALSE(unknown);
  EXPECT_NE(unknown.error().text().find("never published"), std::string::npos);
}

TEST_F(Publishing, ADeltaThatIsNotSmallerIsNotPublished) {
  const auto noise = test::noise(3000, 99, 256);
  input_.put("map-3.0.ttpkg", text(noise));
  const auto report = publish({map("1.0"), map("3.0")});
  ASSERT_TRUE(report);
  EXPECT_EQ(report->deltas.not_smaller, 1U);
  EXPECT_FALSE(there("updates/map/1.0_to_3.0.vcdiff"));
  EXPECT_TRUE(list().packages.at(0).diffs.empty());
  EXPECT_EQ(publish({})->deltas.made, 0U);

  // But where there is no other way, it is.
  auto only = options({map("3.0")});
  only.full = false;
  const auto forced = publish_package_list(only);
  ASSERT_TRUE(forced);
  EXPECT_TRUE(there("updates/map/1.0_to_3.0.vcdiff"));
  EXPECT_EQ(list().packages.at(0).path, std::nullopt);
  EXPECT_EQ(forced->advice.size(), 1U);
}

TEST_F(Publishing, OptionsOfTheEntry) {
  auto chosen = options({map("1.0"), zip()});
  chosen.reboot = true;
  chosen.diff = false;
  chosen.facts = false;
  chosen.exclude = {"voice"};
  chosen.join = {"https://server/other-list"};
  ASSERT_TRUE(publish_package_list(chosen));
  const auto made = list();
  ASSERT_EQ(made.packages.size(), 3U);
  EXPECT_TRUE(made.packages[0].exclude);
  EXPECT_EQ(made.packages[0].name, "voice");
  EXPECT_TRUE(made.packages[1].reboot);
  EXPECT_EQ(made.packages[1].diff_path, std::nullopt);
  EXPECT_EQ(made.packages[1].size, std::nullopt);
  EXPECT_EQ(made.packages[2].name, "extra.zip");
  EXPECT_EQ(made.packages[2].path, "packages/extra.zip/1.zip");
  EXPECT_EQ(package_list::parse_update_locations(as_bytes(content("update-locations")),
                                                 package_list::list_limits())
                ->lists,
            (std::vector<std::string>{"https://server/other-list", "package-list"}));

  chosen.packages.clear();
  chosen.remove = {"map"};
  ASSERT_TRUE(publish_package_list(chosen));
  EXPECT_EQ(list().packages.size(), 2U);
  const auto missing = publish_package_list(chosen);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code(), Code::denied);
}

TEST_F(Publishing, ZipPackagesGetNoDeltas) {
  ASSERT_TRUE(publish({zip()}));
  EXPECT_EQ(list().packages.at(0).diff_path, std::nullopt);
}

TEST_F(Publishing, UnknownMembersSurvive) {
  ASSERT_TRUE(publish({map("1.0")}));
  auto changed = list();
  changed.unknown.push_back({"by", "\"hand\""});
  changed.packages.at(0).unknown.push_back({"colour", "7"});
  put_list(changed);
  ASSERT_TRUE(publish({map("1.1")}));
  EXPECT_EQ(list().unknown, changed.unknown);
  EXPECT_EQ(list().packages.at(0).unknown, changed.packages.at(0).unknown);
}

TEST_F(Publishing, PatternsMadeByHand) {
  ASSERT_TRUE(publish({map("1.0"), map("2.0")}));
  for (const char* pattern : {"https://server/{from-version}", "{hw-id}/{from-version}",
                              "updates/x", "../{from-version}", "{colour}/{from-version}"}) {
    auto changed = list();
    changed.packages.at(0).diff_path = pattern;
    put_list(changed);
    const auto report = publish({});
    ASSERT_TRUE(report) << report.error().text();
    EXPECT_EQ(report->advice.size(), 1U);
    EXPECT_EQ(list(), changed);
  }
  auto moved = list();
  moved.packages.at(0).diff_path = "deltas/{from-version}.vcdiff";
  put_list(moved);
  ASSERT_TRUE(publish({}));
  EXPECT_TRUE(there("deltas/1.0.vcdiff"));
}

TEST_F(Publishing, VersionsThatWouldCollideAreRefused) {
  input_.put("map-1:0.ttpkg", "a");
  input_.put("map-1_0.ttpkg", "b");
  ASSERT_TRUE(publish({map("1:0")}));
  const auto collision = publish({map("1_0")});
  ASSERT_FALSE(collision);
  EXPECT_NE(collision.error().text().find("translated"), std::string::npos);

  PackageFile other = map("1.0");
  other.name = "ma/p";
  ASSERT_TRUE(publish({other}));
  other.name = "ma?p";
  EXPECT_FALSE(publish({other}));
}

TEST_F(Publishing, AVersionNeverChangesItsContent) {
  ASSERT_TRUE(publish({map("1.0")}));
  input_.put("map-1.0.ttpkg", "other content");
  const auto before = everything();
  const auto changed = publish({map("1.0")});
  ASSERT_FALSE(changed);
  EXPECT_EQ(changed.error().code(), Code::denied);
  EXPECT_EQ(everything(), before);
}

TEST_F(Publishing, OldPackagesMayGoButNotChange) {
  ASSERT_TRUE(publish({map("1.0"), map("1.1")}));
  const std::string old = content("packages/map/1.0.ttpkg");
  put("packages/map/1.0.ttpkg", "changed");
  const auto changed = publish({map("2.0")});
  ASSERT_FALSE(changed);
  EXPECT_NE(changed.error().text().find("no longer what was published"), std::string::npos);
  EXPECT_EQ(list().packages.at(0).version, "1.1");

  put("packages/map/1.0.ttpkg", old);
  ASSERT_TRUE(publish({map("2.0")}));
  std::filesystem::remove(path("packages/map/1.0.ttpkg"));
  const auto kept = publish({});
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->deltas.kept, 2U);
  EXPECT_TRUE(kept->advice.empty());
  std::filesystem::remove(path(delta_10_20));
  const auto gone = publish({});
  ASSERT_TRUE(gone);
  EXPECT_EQ(gone->deltas.kept, 1U);
  EXPECT_EQ(gone->advice.size(), 1U);
  EXPECT_FALSE(list().packages.at(0).diffs.contains("1.0"));
}

TEST_F(Publishing, UnsafeNamesAreRefused) {
  for (const auto& [name, version] : std::vector<std::pair<std::string, std::string>>{
           {"..", "1"}, {".", "1"}, {"map", "1%2e"}, {"map", "a\nb"}, {"map", "a#b"}}) {
    PackageFile package = map("1.0");
    package.name = name;
    package.version = version;
    EXPECT_FALSE(publish({package})) << name << " " << version;
    EXPECT_FALSE(there("package-list"));
  }
  // Translated and kept below its folder.
  PackageFile package = map("1.0");
  package.version = "../../x";
  ASSERT_TRUE(publish({package}));
  EXPECT_TRUE(there("packages/map/.._.._x.ttpkg"));
}

TEST_F(Publishing, OnlyOneAtATime) {
  std::filesystem::create_directories(repository());
  const auto lock = io::lock_file(path(lock_name), false);
  ASSERT_TRUE(lock);
  EXPECT_EQ(publish({map("1.0")}).error().code(), Code::denied);
}

TEST_F(Publishing, Signatures) {
  const auto load = [&](const char* pem) {
    return *trust::RsaPrivateKey::load(input_.put("key.pem", pem), 2048);
  };
  SigningKeys keys{load(trust::rsa_key_b), {}, "customer.key"};
  auto signing = options({map("1.0")});
  signing.keys = &keys;
  const auto unknown = publish_package_list(signing);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code(), Code::denied);

  keys.device.emplace(load(trust::rsa_key_a));
  ASSERT_TRUE(publish_package_list(signing));
  const auto device = *trust::RsaPublicKey::parse(keys.device->public_der(), 2048);
  const auto signer = *trust::RsaPublicKey::parse(as_bytes(content("customer.key")), 2048);
  const auto signed_by = [&](const trust::RsaPublicKey& key, const std::string& file) {
    return trust::verify(key, as_bytes(content(file)), as_bytes(content(file + ".sig")))
        .has_value();
  };
  EXPECT_TRUE(signed_by(device, "verification-public-keys"));
  EXPECT_TRUE(signed_by(signer, "package-list"));
  EXPECT_TRUE(signed_by(signer, "update-locations"));

  // Now that the key is known, the device's key can stay in its safe.
  keys.device.reset();
  signing.packages = {map("1.1")};
  ASSERT_TRUE(publish_package_list(signing));
  EXPECT_TRUE(signed_by(signer, "package-list"));

  SigningKeys other{load(trust::rsa_key_a), load(trust::rsa_key_a), "customer.key"};
  signing.keys = &other;
  EXPECT_EQ(publish_package_list(signing).error().code(), Code::denied);
}

TEST(PublishState, RoundTripAndFaults) {
  const io::TestFolder folder;
  State state;
  state.packages["map"] = {{"1", PackageType::ttpkg, "packages/map/1.ttpkg", {7, sha256({})}}};
  state.deltas["a"] = {sha256({}), sha256({}), true, {5, sha256({})}};
  state.deltas["b"] = {sha256({}), sha256({}), false, {9, {}}};
  ASSERT_TRUE(state.save(folder.path()));
  EXPECT_EQ(*State::load(folder.path()), state);
  for (const char* bad : {"", "[]", R"({"schema": "2"})", R"({"schema": "1"})",
                          R"({"schema": "1", "packages": {"m": [{}]}, "deltas": {}})",
                          R"({"schema": "1", "packages": {}, "deltas": {"a": {}}})",
                          R"({"schema": "1", "packages": {}, "deltas": {"a": 1}})",
                          R"({"schema": "1", "packages": {"m": 1}, "deltas": {}})"}) {
    folder.put(".kerf-publish.json", bad);
    EXPECT_FALSE(State::load(folder.path())) << bad;
  }
}

TEST(PackageFiles, WhatTheyNeed) {
  const io::TestFolder folder;
  const auto inspect = [&](const std::string& name, std::optional<std::string> package,
                           std::optional<std::string> version) {
    return inspect_package(folder.file(name), package, version, nullptr);
  };
  folder.put("a.ttpkg", "x");
  folder.put("a.zip", "no archive");
  folder.put("a.apk", "no archive");
  folder.put("a.exe", "x");
  EXPECT_EQ(inspect("a.ttpkg", {}, "1").error().code(), Code::denied);
  EXPECT_EQ(inspect("a.ttpkg", "a", {}).error().code(), Code::denied);
  EXPECT_EQ(inspect("a.ttpkg", "a", "").error().code(), Code::denied);
  EXPECT_TRUE(inspect("a.ttpkg", "a", "1"));
  EXPECT_EQ(inspect("a.zip", {}, "1").error().code(), Code::corrupt);
  EXPECT_EQ(inspect("a.apk", {}, {}).error().code(), Code::corrupt);
  EXPECT_EQ(inspect("a.exe", "a", "1").error().code(), Code::unsupported);
  EXPECT_EQ(inspect("b.apk", {}, {}).error().code(), Code::io);

  const std::string apk = KERF_APK_TESTDATA "/package/good-deflated";
  std::filesystem::copy(apk, folder.file("good.APK"));
  const auto good = inspect("good.APK", {}, {});
  ASSERT_TRUE(good) << good.error().text();
  EXPECT_EQ(good->name, "org.example.app");
  EXPECT_EQ(good->version, "42");
  EXPECT_EQ(inspect("good.APK", "other", {}).error().code(), Code::mismatch);
  EXPECT_EQ(inspect("good.APK", {}, "43").error().code(), Code::mismatch);
}

}  // namespace
}  // namespace kerf::publish
