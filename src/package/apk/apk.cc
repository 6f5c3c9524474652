#include "package/apk/apk.h"

#include <minizip/unzip.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace kerf::apk {

namespace {

constexpr const char* manifest_name = "AndroidManifest.xml";

// minizip's idea of a file, over a Source. What the medium said stays here: minizip knows only that
// something failed.
struct Stream {
  const Source& source;
  std::uint64_t position = 0;
  std::optional<Error> error;
};

voidpf open_stream(voidpf opaque, const void*, int) {
  return opaque;
}

uLong read_stream(voidpf, voidpf handle, void* buffer, uLong size) {
  Stream& stream = *static_cast<Stream*>(handle);
  const std::uint64_t left = stream.source.size() - stream.position;
  const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(left, size));
  const MutBytes out(static_cast<std::uint8_t*>(buffer), length);
  if (auto read = stream.source.read_at(stream.position, out); !read) {
    stream.error.emplace(std::move(read).error());
    return 0;
  }
  stream.position += length;
  return static_cast<uLong>(length);
}

uLong write_stream(voidpf, voidpf, const void*, uLong) {
  return 0;
}

ZPOS64_T tell_stream(voidpf, voidpf handle) {
  return static_cast<Stream*>(handle)->position;
}

long seek_stream(voidpf, voidpf handle, ZPOS64_T offset, int origin) {
  Stream& stream = *static_cast<Stream*>(handle);
  const std::uint64_t size = stream.source.size();
  std::uint64_t base = 0;
  if (origin == ZLIB_FILEFUNC_SEEK_CUR) {
    base = stream.position;
  } else if (origin == ZLIB_FILEFUNC_SEEK_END) {
    base = size;
  }
  if (offset > size - base) {
    return -1;
  }
  stream.position = base + offset;
  return 0;
}

int close_stream(voidpf, voidpf) {
  return 0;
}

int stream_failed(voidpf, voidpf handle) {
  return static_cast<Stream*>(handle)->error ? 1 : 0;
}

using Archive = std::unique_ptr<void, decltype(&unzClose)>;

Archive open_archive(Stream& stream) {
  zlib_filefunc64_def functions{open_stream, read_stream,  write_stream,  tell_stream,
                                seek_stream, close_stream, stream_failed, &stream};
  return {unzOpen2_64("", &functions), &unzClose};
}

Error no_archive() {
  return Error(Code::corrupt, "this is no APK: it is not a ZIP archive, or a damaged one");
}

struct Entry {
  unz_file_info64 info{};
  unz64_file_pos position{};
};

// The one entry of that name; nothing if there is none.
Result<std::optional<Entry>> find_entry(unzFile archive, std::string_view wanted) {
  std::optional<Entry> found;
  int state = unzGoToFirstFile(archive);
  for (; state == UNZ_OK; state = unzGoToNextFile(archive)) {
    unz_file_info64 info{};
    char name[64]{};
    if (unzGetCurrentFileInfo64(archive, &info, name, sizeof name, nullptr, 0, nullptr, 0) !=
        UNZ_OK) {
      return no_archive();
    }
    if (info.size_filename != wanted.size() || wanted != std::string_view(name, wanted.size())) {
      continue;
    }
    if (found) {
      return Error(Code::corrupt, "there are two entries " + std::string(wanted) +
                                      ", and which of them counts depends on the reader");
    }
    found.emplace();
    found->info = info;
    if (unzGetFilePos64(archive, &found->position) != UNZ_OK) {
      return no_archive();
    }
  }
  if (state != UNZ_END_OF_LIST_OF_FILE) {
    return no_archive();
  }
  return found;
}

Result<std::vector<std::uint8_t>> read_entry(unzFile archive, const Entry& entry,
                                             const Limits& limits) {
  const std::uint64_t size = entry.info.uncompressed_size;
  if ((entry.info.flag & 1) != 0) {
    return Error(Code::unsupported, "it is encrypted");
  }
  if (size > limits.memory) {
    return Error(Code::limit, "it has " + std::to_string(size) + " bytes, more than the " +
                                  std::to_string(limits.memory) + " allowed for it");
  }
  if (unzGoToFilePos64(archive, &entry.position) != UNZ_OK ||
      unzOpenCurrentFile(archive) != UNZ_OK) {
    return Error(Code::corrupt, "its header is damaged or its compression is unknown");
  }
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(size));
  const int got = unzReadCurrentFile(archive, bytes.data(), static_cast<unsigned>(bytes.size()));
  // Closing compares the checksum.
  const int closed = unzCloseCurrentFile(archive);
  if (got < 0 || static_cast<std::size_t>(got) != bytes.size() || closed != UNZ_OK) {
    return Error(Code::corrupt, "its compressed data are damaged");
  }
  return bytes;
}

Result<Identity> identify_stream(Stream& stream, const Limits& limits) {
  const Archive archive = open_archive(stream);
  if (archive == nullptr) {
    return no_archive();
  }
  TRY_ASSIGN(const auto entry, find_entry(archive.get(), manifest_name));
  if (!entry) {
    return Error(Code::corrupt, "this is no APK: there is no AndroidManifest.xml in it");
  }
  auto manifest = read_entry(archive.get(), *entry, limits);
  if (!manifest) {
    return std::move(manifest).error().in(manifest_name);
  }
  return parse_manifest(*manifest);
}

}  // namespace

Result<Identity> identify(const Source& apk, const Limits& limits) {
  Stream stream{apk, 0, {}};
  auto identity = identify_stream(stream, limits);
  if (stream.error) {
    return std::move(*stream.error);
  }
  return identity;
}

Result<bool> is_apk(const Source& file) {
  Stream stream{file, 0, {}};
  bool found = false;
  if (const Archive archive = open_archive(stream)) {
    const auto entry = find_entry(archive.get(), manifest_name);
    found = entry && entry->has_value();
  }
  if (stream.error) {
    return std::move(*stream.error);
  }
  return found;
}

}  // namespace kerf::apk
