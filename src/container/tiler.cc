#include "container/tiler.h"

#include <algorithm>
#include <array>

namespace kerf::container {

namespace {

struct Piece {
  Extent extent;
  std::size_t entry;
};

std::vector<Piece> pieces_of(std::span<const Entry> entries) {
  std::size_t count = 0;
  for (const Entry& entry : entries) {
    count += entry.extents.size();
  }
  std::vector<Piece> pieces;
  pieces.reserve(count);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    for (const Extent& extent : entries[i].extents) {
      pieces.push_back({extent, i});
    }
  }
  std::sort(pieces.begin(), pieces.end(),
            [](const Piece& a, const Piece& b) { return a.extent.offset < b.extent.offset; });
  return pieces;
}

std::string named(const Entry& entry) {
  return entry.path.empty() ? "a part without a name" : "\"" + entry.path + "\"";
}

}  // namespace

std::uint64_t Entry::size() const {
  std::uint64_t sum = 0;
  for (const Extent& extent : extents) {
    sum += extent.length;
  }
  return sum;
}

Status check_tiles(std::span<const Entry> entries, std::uint64_t size) {
  std::uint64_t position = 0;
  for (const Piece& piece : pieces_of(entries)) {
    if (piece.extent.offset != position || piece.extent.length == 0 || !piece.extent.within(size)) {
      return Error(Code::bug, "the entries of a container do not tile the file").at(position);
    }
    position += piece.extent.length;
  }
  if (position != size) {
    return Error(Code::bug, "the entries of a container do not tile the file").at(position);
  }
  return {};
}

Status Tiler::add(Entry entry) {
  std::erase_if(entry.extents, [](const Extent& extent) { return extent.length == 0; });
  if (entry.extents.empty()) {
    return {};
  }
  for (const Extent& extent : entry.extents) {
    if (!extent.within(size_)) {
      return beyond_end(named(entry), extent.offset);
    }
  }
  // Finishing needs a sorted copy of the extents.
  used_ += sizeof(Entry) + entry.path.capacity() +
           entry.extents.size() * (sizeof(Extent) + sizeof(Piece)) +
           entry.holes.size() * sizeof(Extent);
  if (used_ > memory_) {
    return Error(Code::limit, "the list of its entries needs more than the " +
                                  std::to_string(memory_) + " bytes of memory allowed")
        .at(entry.extents.front().offset);
  }
  entry.extents.shrink_to_fit();
  entries_.push_back(std::move(entry));
  return {};
}

Result<std::vector<Entry>> Tiler::finish(const Source& file, std::uint64_t end) {
  if (end < size_) {
    TRY_ASSIGN(const bool zeros, is_zeros(file, end, size_));
    if (!zeros) {
      TRY(content("appended data", {end, size_ - end}));
    }
  }
  return finish();
}

Result<std::vector<Entry>> Tiler::finish() {
  Entry gaps{{}, Role::padding, {}, {}, {}};
  std::uint64_t position = 0;
  std::size_t last = 0;
  for (const Piece& piece : pieces_of(entries_)) {
    if (piece.extent.offset < position) {
      return Error(Code::corrupt, named(entries_[last]) + " and " + named(entries_[piece.entry]) +
                                      " share bytes, and no tool makes that")
          .at(piece.extent.offset);
    }
    if (piece.extent.offset > position) {
      gaps.extents.push_back({position, piece.extent.offset - position});
    }
    position = piece.extent.offset + piece.extent.length;
    last = piece.entry;
  }
  if (position < size_) {
    gaps.extents.push_back({position, size_ - position});
  }
  TRY(add(std::move(gaps)));
  std::sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
    return a.extents.front().offset < b.extents.front().offset;
  });
  return std::move(entries_);
}

std::string member_path(Bytes name) {
  std::string path(name.begin(), std::find(name.begin(), name.end(), std::uint8_t{0}));
  std::size_t front = 0;
  while (front < path.size()) {
    if (path[front] == '/') {
      ++front;
    } else if (path.compare(front, 2, "./") == 0) {
      front += 2;
    } else {
      break;
    }
  }
  return path.substr(front);
}

Result<bool> is_zeros(const Source& file, std::uint64_t from, std::uint64_t to) {
  std::array<std::uint8_t, std::size_t{16} << 10> buffer{};
  while (from < to) {
    const auto part = MutBytes(buffer).first(
        static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), to - from)));
    TRY(file.read_at(from, part));
    if (std::any_of(part.begin(), part.end(), [](std::uint8_t byte) { return byte != 0; })) {
      return false;
    }
    from += part.size();
  }
  return true;
}

Error beyond_end(std::string_view what, std::uint64_t offset) {
  return Error(Code::truncated, std::string(what) + " reaches beyond the end of the file")
      .at(offset);
}

}  // namespace kerf::container
