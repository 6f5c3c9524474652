// The packages that lie in a repository, found by what they are, not by what a list says of them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/observer.h"
#include "base/result.h"

namespace kerf::publish {

struct StockItem {
  std::string path;     // with the folder
  std::string name;     // empty if nobody knows
  std::string version;  // likewise
  BlobId id;
};

class Stock {
 public:
  // Looks through the folder and those below it (at most 16 deep; links are not followed). An APK
  // says itself what it is; for other packages the publisher's state file does, if there is one.
  // Hashes every package.
  static Result<Stock> take(const std::string& folder, Observer* observer);

  // Null if there is none.
  const StockItem* find(const std::string& name, const std::string& version) const;
  const StockItem* find(const Sha256& sha256) const;
  const StockItem* find_path(const std::string& path) const;
  // Of that name, each version once, sorted.
  std::vector<std::string> versions_of(const std::string& name) const;

 private:
  Status look(const std::string& folder, unsigned depth, Observer* observer);
  std::vector<StockItem> items_;
};

}  // namespace kerf::publish
