#include "publish/package_list/small_file.h"

#include <algorithm>

#include "io/file.h"
#include "io/folder.h"

namespace kerf::publish {

Result<std::optional<std::vector<std::uint8_t>>> read_if_there(const std::string& path,
                                                               std::uint64_t most) {
  std::optional<std::vector<std::uint8_t>> bytes;
  if (!io::exists(path)) {
    return bytes;
  }
  TRY_ASSIGN(const io::FileSource file, io::FileSource::open(path));
  auto all = read_all(file, most);
  if (!all) {
    return std::move(all).error().in(path);
  }
  bytes = *std::move(all);
  return bytes;
}

Result<bool> write_if_changed(const std::string& path, Bytes bytes) {
  // A larger file holds something else in any case.
  auto present = read_if_there(path, bytes.size());
  if (!present && present.error().code() != Code::limit) {
    return std::move(present).error();
  }
  if (present && *present && std::ranges::equal(**present, bytes)) {
    return false;
  }
  TRY_ASSIGN(const auto out, io::OutputFile::create(path, true));
  TRY(out->write(bytes));
  TRY(out->commit());
  return true;
}

}  // namespace kerf::publish
