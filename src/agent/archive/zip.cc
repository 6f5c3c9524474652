#include "agent/archive/zip.h"

#include <zip.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>

namespace kerf::agent {

struct ZipReader::Access {
  const Source& source;
  zip_uint64_t position = 0;
  zip_error_t error{};
  zip_t* archive = nullptr;
  std::optional<Error> read_error;  // why a read of the source failed, in our words

  explicit Access(const Source& from) : source(from) { ::zip_error_init(&error); }
  ~Access() {
    if (archive != nullptr) {
      ::zip_discard(archive);
    }
    ::zip_error_fini(&error);
  }
  Access(const Access&) = delete;
  Access& operator=(const Access&) = delete;

  zip_int64_t read(void* data, zip_uint64_t length);
  zip_int64_t seek(void* data, zip_uint64_t length);
  zip_int64_t stat(void* data) const;
};

namespace {

constexpr unsigned unix_type_mask = 0170000;
constexpr unsigned unix_link = 0120000;
constexpr unsigned unix_folder = 0040000;
constexpr unsigned unix_file = 0100000;

Error zip_failure(const zip_error_t* why, std::optional<Error>& read_error) {
  if (read_error) {
    return *std::move(read_error);
  }
  // zip_error_strerror may keep the sentence in the error, hence the copy.
  zip_error_t copy{};
  ::zip_error_init(&copy);
  ::zip_error_set(&copy, ::zip_error_code_zip(why), ::zip_error_code_system(why));
  std::string words = ::zip_error_strerror(&copy);
  ::zip_error_fini(&copy);
  return Error(Code::corrupt, "ZIP: " + words);
}

}  // namespace

zip_int64_t ZipReader::Access::read(void* data, zip_uint64_t length) {
  const zip_uint64_t left = source.size() - std::min(position, source.size());
  const auto count = static_cast<std::size_t>(std::min(length, left));
  Status got = source.read_at(position, {static_cast<std::uint8_t*>(data), count});
  if (!got) {
    read_error.emplace(std::move(got).error());
    ::zip_error_set(&error, ZIP_ER_READ, EIO);
    return -1;
  }
  position += count;
  return static_cast<zip_int64_t>(count);
}

zip_int64_t ZipReader::Access::seek(void* data, zip_uint64_t length) {
  const zip_int64_t to =
      ::zip_source_seek_compute_offset(position, source.size(), data, length, &error);
  if (to < 0) {
    return -1;
  }
  position = static_cast<zip_uint64_t>(to);
  return 0;
}

zip_int64_t ZipReader::Access::stat(void* data) const {
  auto* info = static_cast<zip_stat_t*>(data);
  ::zip_stat_init(info);
  info->valid = ZIP_STAT_SIZE;
  info->size = source.size();
  return sizeof(*info);
}

namespace {

template <class Access>
zip_int64_t serve(void* user, void* data, zip_uint64_t length, zip_source_cmd_t command) {
  Access& access = *static_cast<Access*>(user);
  switch (command) {
    case ZIP_SOURCE_OPEN:
      access.position = 0;
      return 0;
    case ZIP_SOURCE_READ:
      return access.read(data, length);
    case ZIP_SOURCE_SEEK:
      return access.seek(data, length);
    case ZIP_SOURCE_TELL:
      return static_cast<zip_int64_t>(access.position);
    case ZIP_SOURCE_STAT:
      return access.stat(data);
    case ZIP_SOURCE_ERROR:
      return ::zip_error_to_data(&access.error, data, length);
    case ZIP_SOURCE_CLOSE:
    case ZIP_SOURCE_FREE:
      return 0;
    case ZIP_SOURCE_SUPPORTS:
      return ::zip_source_make_command_bitmap(
          ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE, ZIP_SOURCE_STAT, ZIP_SOURCE_ERROR,
          ZIP_SOURCE_FREE, ZIP_SOURCE_SEEK, ZIP_SOURCE_TELL, ZIP_SOURCE_SUPPORTS, -1);
    default:
      ::zip_error_set(&access.error, ZIP_ER_OPNOTSUPP, 0);
      return -1;
  }
}

ZipEntry::Kind kind_of(zip_t* archive, zip_uint64_t index, const std::string& name) {
  zip_uint8_t system = 0;
  zip_uint32_t attributes = 0;
  ::zip_file_get_external_attributes(archive, index, 0, &system, &attributes);
  const unsigned type =
      system == ZIP_OPSYS_UNIX || system == ZIP_OPSYS_OS_X ? attributes >> 16 & unix_type_mask : 0;
  const bool folder = name.ends_with('/');
  if (type == unix_link || (type != 0 && type != unix_folder && type != unix_file)) {
    return ZipEntry::Kind::other;
  }
  if (type != 0 && (type == unix_folder) != folder) {
    return ZipEntry::Kind::other;  // two readers would see two different things
  }
  return folder ? ZipEntry::Kind::folder : ZipEntry::Kind::file;
}

}  // namespace

ZipReader::ZipReader() = default;
ZipReader::ZipReader(ZipReader&&) noexcept = default;
ZipReader::~ZipReader() = default;

Result<ZipReader> ZipReader::open(const Source& source, std::uint64_t most_entries) {
  if (source.size() == 0) {  // libzip would take it for an archive without entries
    return Error(Code::corrupt, "ZIP: an empty file");
  }
  ZipReader reader;
  reader.access_ = std::make_unique<Access>(source);
  Access& access = *reader.access_;
  zip_error_t error{};
  ::zip_error_init(&error);
  zip_source_t* lent = ::zip_source_function_create(serve<Access>, &access, &error);
  if (lent != nullptr) {
    access.archive = ::zip_open_from_source(lent, ZIP_RDONLY | ZIP_CHECKCONS, &error);
    if (access.archive == nullptr) {
      ::zip_source_free(lent);
    }
  }
  if (access.archive == nullptr) {
    Error why = zip_failure(&error, access.read_error);
    ::zip_error_fini(&error);
    return why;
  }
  const auto count = static_cast<zip_uint64_t>(::zip_get_num_entries(access.archive, 0));
  if (count > most_entries) {
    return Error(Code::limit, "ZIP: " + std::to_string(count) + " entries, but " +
                                  std::to_string(most_entries) + " are allowed");
  }
  for (zip_uint64_t index = 0; index < count; ++index) {
    zip_stat_t info{};
    if (::zip_stat_index(access.archive, index, ZIP_FL_ENC_RAW, &info) != 0) {
      return zip_failure(::zip_get_error(access.archive), access.read_error);
    }
    ZipEntry entry{.name = info.name == nullptr ? "" : info.name};
    entry.kind = kind_of(access.archive, index, entry.name);
    entry.size = info.size;
    entry.encrypted =
        (info.valid & ZIP_STAT_ENCRYPTION_METHOD) != 0 && info.encryption_method != ZIP_EM_NONE;
    reader.entries_.push_back(std::move(entry));
  }
  return reader;
}

Status ZipReader::read(std::size_t entry, Sink& to) const {
  const std::unique_ptr<zip_file_t, int (*)(zip_file_t*)> file(
      ::zip_fopen_index(access_->archive, entry, 0), ::zip_fclose);
  const std::string& name = entries_[entry].name;
  if (file == nullptr) {
    return zip_failure(::zip_get_error(access_->archive), access_->read_error).in(name);
  }
  std::array<std::uint8_t, std::size_t{64} << 10> buffer{};
  std::uint64_t done = 0;
  for (;;) {
    const zip_int64_t got = ::zip_fread(file.get(), buffer.data(), buffer.size());
    if (got < 0) {
      return zip_failure(::zip_file_get_error(file.get()), access_->read_error).in(name);
    }
    if (got == 0) {
      break;
    }
    done += static_cast<std::uint64_t>(got);
    if (done > entries_[entry].size) {
      break;
    }
    TRY(to.write(Bytes(buffer).first(static_cast<std::size_t>(got))));
  }
  if (done != entries_[entry].size) {
    return Error(Code::corrupt, "ZIP: unpacks to another size than the directory says").in(name);
  }
  return {};
}

}  // namespace kerf::agent
