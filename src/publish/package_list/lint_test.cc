#include "publish/package_list/lint.h"

#include <gtest/gtest.h>

#include "publish/package_list/repository_for_tests.h"
#include "trust/rsa_test_keys.h"

namespace kerf::publish {
namespace {

using package_list::Package;
using package_list::PackageList;

class Linting : public RepositoryTest {
 protected:
  Linting() { EXPECT_TRUE(publish({map("1.0"), map("1.1"), map("2.0"), zip()})); }

  // "error wrong-delta; warning ..." in order, without notes unless asked.
  std::string findings(bool notes = false) {
    LintOptions linting;
    linting.target = repository();
    linting.device_key = device_key_ ? &*device_key_ : nullptr;
    const auto report = lint_package_list(linting);
    if (!report) {
      return report.error().text();
    }
    deltas_ = report->deltas;
    std::string text;
    for (const Finding& finding : report->findings) {
      if (notes || finding.severity != Severity::note) {
        text.append(text.empty() ? "" : "; ").append(severity_name(finding.severity));
        text.append(" ").append(finding.check);
      }
    }
    return text;
  }

  // What is found after the package "map" has been changed.
  template <class Change>
  std::string after(Change change) {
    PackageList changed = list();
    change(changed.packages.at(0));
    put_list(changed);
    return findings();
  }

  std::size_t deltas_ = 0;
  std::optional<trust::RsaPublicKey> device_key_;
};

TEST_F(Linting, AGoodRepositoryIsGood) {
  EXPECT_EQ(findings(true), "");
  EXPECT_EQ(deltas_, 2U);
}

TEST_F(Linting, DeltasThatAreWrong) {
  const std::string good = content(delta_10_20);
  put(delta_10_20, good.substr(0, good.size() - 1));
  EXPECT_EQ(findings(), "error wrong-delta");
  // Without facts in the list, applying tells.
  auto plain = list();
  plain.packages.at(0).diffs.clear();
  put_list(plain);
  EXPECT_EQ(findings(), "error wrong-delta");
  put(delta_10_20, content(delta_11_20));
  EXPECT_EQ(findings(), "error wrong-delta");
  // Some other VCDIFF decoder would take it, fielded updaters do not: a checksum of the file.
  std::string checksum = good;
  checksum[4] = 4;
  put(delta_10_20, checksum);
  EXPECT_EQ(findings(), "error wrong-delta");
  put(delta_10_20, good);
  EXPECT_EQ(findings(), "");
}

TEST_F(Linting, DeltasThatAreMissing) {
  std::filesystem::remove(path(delta_10_20));
  EXPECT_EQ(findings(), "error missing-delta");
  EXPECT_EQ(after([](Package& map) { map.diffs.clear(); }), "");
  EXPECT_EQ(findings(true), "note missing-delta");
  EXPECT_EQ(after([](Package& map) { map.path.reset(); }), "error missing-delta");
  std::filesystem::remove(path(delta_11_20));
  EXPECT_EQ(findings(), "error missing-delta; error missing-delta; error unreachable-package");
}

TEST_F(Linting, DeltasThatAreNotSmaller) {
  // A delta of nothing but an ADD: header, window, and the package as literal bytes.
  const std::string target = input_.content("map-2.0.ttpkg");
  const auto number = [](std::size_t value) {
    std::string bytes(1, static_cast<char>(value & 127));
    for (value >>= 7; value != 0; value >>= 7) {
      bytes.insert(bytes.begin(), static_cast<char>((value & 127) | 128));
    }
    return bytes;
  };
  const std::string size = number(target.size());
  const std::string instructions = std::string(1, '\1') + size;
  const std::string rest = size + std::string(1, '\0') + size + number(instructions.size()) +
                           number(0) + target + instructions;
  put(delta_10_20, std::string("\xd6\xc3\xc4\0\0\0", 6) + number(rest.size()) + rest);
  EXPECT_EQ(after([](Package& map) { map.diffs.clear(); }), "warning delta-not-smaller");
  EXPECT_EQ(deltas_, 2U);
}

TEST_F(Linting, SourcesThatNobodyHas) {
  std::filesystem::remove(path("packages/map/1.0.ttpkg"));
  EXPECT_EQ(findings(), "warning unreachable-source");
  EXPECT_EQ(after([](Package& map) { map.diffs.clear(); }), "warning unreachable-source");
  EXPECT_EQ(deltas_, 1U);
}

TEST_F(Linting, SourcesThatAreOthers) {
  EXPECT_EQ(after([](Package& map) { map.diffs["1.0"].source_sha256 = sha256({}); }),
            "error wrong-source");
}

TEST_F(Linting, PackagesThatAreWrong) {
  EXPECT_EQ(after([](Package& map) { map.size = 1; }), "error wrong-package");
  EXPECT_EQ(after([](Package& map) { map.size.reset(); }), "");
  EXPECT_EQ(after([](Package& map) { map.sha256 = sha256({}); }), "error wrong-package");
  EXPECT_EQ(after([](Package& map) { map.sha256.reset(); }), "");
  put("packages/map/2.0.ttpkg", "other");
  EXPECT_NE(findings().find("error wrong-delta"), std::string::npos);
  std::filesystem::remove(path("packages/map/2.0.ttpkg"));
  EXPECT_NE(findings().find("error missing-package"), std::string::npos);
  EXPECT_EQ(after([](Package& map) {
              map.path = "package-list";
              map.diff_path.reset();
            }),
            "error package-type");
}

TEST_F(Linting, AnApkMustBeWhatTheListSays) {
  std::filesystem::copy(KERF_APK_TESTDATA "/package/good-deflated", input_.file("good.apk"));
  const auto package = inspect_package(input_.file("good.apk"), {}, {}, nullptr);
  ASSERT_TRUE(package);
  ASSERT_TRUE(publish({*package}));
  EXPECT_EQ(findings(), "");
  auto changed = list();
  changed.packages.back().version = "43";
  put_list(changed);
  EXPECT_EQ(findings(), "error wrong-package");
}

TEST_F(Linting, VersionsThatCollide) {
  EXPECT_EQ(after([](Package& map) {
              map.diffs["1:0"].size = 1;
              map.diffs["1/0"].size = 1;
            }),
            "warning version-characters; warning version-characters; error version-collision; "
            "error missing-delta; error missing-delta");
}

TEST_F(Linting, PathsThatClimb) {
  EXPECT_EQ(after([](Package& map) { map.path = "../2.0.ttpkg"; }), "error path-climbs");
  EXPECT_EQ(after([](Package& map) {
              map.path = "packages/map/2.0.ttpkg";
              map.diff_path = "{to-version}/{from-version}/x";
              map.diffs[".."].size = 1;
            }),
            "error path-climbs");
  EXPECT_EQ(after([](Package& map) { map.diff_path = "{colour}/{from-version}"; }),
            "error path-variable");
  EXPECT_EQ(after([](Package& map) {
              map.diff_path.reset();
              map.path = "https://server/{hw-id}/../x.apk";
            }),
            "error path-climbs");
}

TEST_F(Linting, WhatIsElsewhereIsNoted) {
  EXPECT_EQ(after([](Package& map) {
              map.diff_path.reset();
              map.path = "https://server/{hw-id}/x.apk";
            }),
            "");
  EXPECT_EQ(findings(true), "note not-checked");
}

TEST_F(Linting, ZipWithDeltas) {
  PackageList changed = list();
  changed.packages.at(1).diff_path = "updates/{from-version}";
  put_list(changed);
  EXPECT_EQ(findings(), "error zip-diff");
}

TEST_F(Linting, UnknownMembersAndDuplicateNames) {
  EXPECT_EQ(after([](Package& map) {
              map.unknown = {{"diffpath", "\"x\""}};
            }),
            "warning unknown-field");
  PackageList changed = list();
  changed.packages.at(0).unknown.clear();
  changed.unknown = {{"package", "[]"}};
  Package other = changed.packages.at(1);
  other.version = "2";
  changed.packages.push_back(other);
  put_list(changed);
  EXPECT_EQ(findings(), "warning unknown-field; error duplicate-name");
}

TEST_F(Linting, FilesThatCannotBeRead) {
  put("package-list", "{");
  EXPECT_EQ(findings(), "error format");
  std::filesystem::remove(path("package-list"));
  EXPECT_EQ(findings(), "error missing-list");
  put("update-locations", R"({"schema": "1", "locations": ["../package-list"]})");
  EXPECT_EQ(findings(), "error path-climbs");
  std::filesystem::remove(path("update-locations"));
  EXPECT_NE(findings().find("neither update-locations nor package-list"), std::string::npos);
}

TEST_F(Linting, Signatures) {
  const auto load = [&](const char* pem) {
    return *trust::RsaPrivateKey::load(input_.put("key.pem", pem), 1024);
  };
  SigningKeys keys{load(trust::rsa_key_b), load(trust::rsa_key_a), "customer.key"};
  auto signing = options({});
  signing.keys = &keys;
  ASSERT_TRUE(publish_package_list(signing));
  EXPECT_EQ(findings(), "");
  EXPECT_EQ(findings(true), "note not-checked");
  device_key_.emplace(*trust::RsaPublicKey::parse(keys.device->public_der(), 2048));
  EXPECT_EQ(findings(true), "");
  device_key_.emplace(*trust::RsaPublicKey::parse(keys.signer.public_der(), 2048));
  EXPECT_EQ(findings(), "error bad-signature");
  device_key_.reset();

  const std::string good = content("package-list");
  put("package-list", good + " ");
  EXPECT_EQ(findings(), "error bad-signature");
  put("package-list", good);
  std::filesystem::remove(path("package-list.sig"));
  EXPECT_EQ(findings(), "error missing-signature");
  ASSERT_TRUE(publish_package_list(signing));
  put("customer.key", "x");
  EXPECT_EQ(findings(), "error bad-key; error bad-signature; error bad-signature");

  std::filesystem::remove(path("verification-public-keys"));
  std::filesystem::remove(path("verification-public-keys.sig"));
  SigningKeys weak{load(trust::rsa_key_short), load(trust::rsa_key_a), "short.key"};
  signing.keys = &weak;
  ASSERT_TRUE(publish_package_list(signing));
  EXPECT_EQ(findings(), "error short-key");
}

}  // namespace
}  // namespace kerf::publish
