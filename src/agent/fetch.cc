#include "agent/fetch.h"

#include "agent/result_codes.h"
#include "io/file.h"
#include "io/hash_source.h"

namespace kerf::agent {

namespace {

constexpr std::size_t copy_buffer_size = std::size_t{64} << 10;

std::string bytes_text(std::uint64_t count) {
  return std::to_string(count) + " bytes";
}

Status check_size(std::uint64_t size, const Wanted& wanted) {
  if (wanted.size && size < *wanted.size) {
    return with_code(ResultCode::download_wrong_size,
                     Error(Code::mismatch, bytes_text(size) + ", but " + bytes_text(*wanted.size) +
                                               " are promised"));
  }
  if (size > wanted.most || (wanted.size && size > *wanted.size)) {
    return with_code(
        ResultCode::download_too_large,
        Error(wanted.size ? Code::mismatch : Code::limit,
              bytes_text(size) + ", but " + bytes_text(wanted.size.value_or(wanted.most)) +
                  (wanted.size ? " are promised" : " are allowed")));
  }
  return {};
}

Status check_hash(const Sha256& found, const Wanted& wanted) {
  if (wanted.sha256 && found != *wanted.sha256) {
    return with_code(ResultCode::download_wrong_hash,
                     Error(Code::mismatch, "SHA-256 is " + to_hex(found) + ", but " +
                                               to_hex(*wanted.sha256) + " is promised"));
  }
  return {};
}

}  // namespace

Status check_fetched(const std::string& path, const Wanted& wanted) {
  TRY_ASSIGN(const io::FileSource file, io::FileSource::open(path));
  TRY(check_size(file.size(), wanted));
  if (wanted.sha256) {
    TRY_ASSIGN(const BlobId id, identify(file, nullptr));
    TRY(check_hash(id.sha256, wanted));
  }
  return {};
}

Status FolderFetcher::fetch(const std::string& address, const Wanted& wanted, const std::string& to,
                            Observer* observer) {
  auto file = io::FileSource::open(address);
  if (!file) {
    Error error = std::move(file).error();
    const bool missing = error.os() == ENOENT || error.os() == ENOTDIR;
    return with_code(missing ? ResultCode::download_not_found : ResultCode::device_io,
                     std::move(error));
  }
  if (Status fits = check_size(file->size(), wanted); !fits) {
    return std::move(fits).error().in(address);
  }
  TRY_ASSIGN(const auto out, io::OutputFile::create(to, true));
  HashingSink hashing(out.get());
  BufferedReader reader(*file, copy_buffer_size);
  for (;;) {
    TRY(notify(observer, "copying", reader.position(), file->size()));
    TRY_ASSIGN(const Bytes bytes, reader.read_some(copy_buffer_size));
    if (bytes.empty()) {
      break;
    }
    TRY(hashing.write(bytes));
  }
  if (Status same = check_hash(hashing.finish().sha256, wanted); !same) {
    return std::move(same).error().in(address);
  }
  return out->commit();
}

}  // namespace kerf::agent
