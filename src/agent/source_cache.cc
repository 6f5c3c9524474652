#include "agent/source_cache.h"

#include <cerrno>

#include "agent/result_codes.h"
#include "io/folder.h"
#include "io/hash_source.h"
#include "io/temporaries.h"

namespace kerf::agent {

namespace {

constexpr std::size_t longest_part = 80;
constexpr std::size_t copy_buffer_size = std::size_t{64} << 10;

std::string as_file_name(const std::string& text) {
  std::string name = text.substr(0, longest_part);
  for (char& c : name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.';
    c = plain ? c : '_';
  }
  return name;
}

Status copy_file(const std::string& from, const std::string& to) {
  TRY_ASSIGN(const io::FileSource source, io::FileSource::open(from));
  TRY_ASSIGN(const auto out, io::OutputFile::create(to, true));
  BufferedReader reader(source, copy_buffer_size);
  for (;;) {
    TRY_ASSIGN(const Bytes bytes, reader.read_some(copy_buffer_size));
    if (bytes.empty()) {
      return out->commit();
    }
    TRY(out->write(bytes));
  }
}

}  // namespace

std::string SourceCache::file_name(const std::string& name, const std::string& version,
                                   const std::string& type, const Sha256& sha256) {
  // Never a hidden file: those are temporary ones.
  return "p-" + as_file_name(name) + "_" + as_file_name(version) + "-" +
         to_hex(sha256).substr(0, 16) + "." + as_file_name(type);
}

Result<io::FileSource> SourceCache::open(const StoredSource& source) const {
  const std::string path = folder_ + "/" + source.file;
  auto file = io::FileSource::open(path);
  if (!file) {
    const bool absent = file.error().os() == ENOENT;
    return with_code(absent ? ResultCode::source_absent : ResultCode::source_changed,
                     std::move(file).error());
  }
  TRY_ASSIGN(const BlobId found, identify(*file, nullptr));
  if (found != source.id) {
    return with_code(
        ResultCode::source_changed,
        Error(Code::mismatch, "SHA-256 is " + to_hex(found.sha256) + ", but what was stored had " +
                                  to_hex(source.id.sha256) + " (another program has written here)")
            .in(path));
  }
  return file;
}

Status SourceCache::store(const std::string& path, const std::string& file,
                          const BlobId& id) const {
  const std::string to = folder_ + "/" + file;
  if (!io::exists(path)) {
    return open({file, id})
               ? Status()
               : Status(with_code(ResultCode::source_absent,
                                  Error(Code::io, "the package has vanished").in(path)));
  }
  TRY(io::make_directories(folder_));
  Status renamed = io::rename(path, to, true);
  if (renamed) {
    return io::sync_directory(folder_);
  }
  if (renamed.error().os() != EXDEV) {
    return renamed;
  }
  TRY(copy_file(path, to));
  return io::remove(path);
}

Status SourceCache::remove(const std::string& file) const {
  return io::remove(folder_ + "/" + file);
}

Status SourceCache::sweep(const std::set<std::string>& keep) const {
  if (!io::is_folder(folder_)) {
    return {};
  }
  TRY_ASSIGN(const auto entries, io::list_folder(folder_));
  for (const io::FolderEntry& entry : entries) {
    const bool ours = entry.name.starts_with("p-") || io::is_temporary_name(entry.name);
    if (entry.kind == io::FolderEntry::Kind::file && ours && !keep.contains(entry.name)) {
      TRY(remove(entry.name));
    }
  }
  return {};
}

}  // namespace kerf::agent
