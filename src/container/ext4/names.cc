#include "container/ext4/names.h"

namespace kerf::container {

namespace {

constexpr std::size_t kMostPath = 4095;
constexpr std::uint64_t kNode = 96;  // bytes of a table entry beside the name

}  // namespace

int Ext4Names::take(ext2_ino_t directory, int entry, ext2_dir_entry* found, int, int, char*,
                    void* self) {
  Ext4Names& names = *static_cast<Ext4Names*>(self);
  if (entry != DIRENT_OTHER_FILE || found->inode == 0) {
    return 0;
  }
  std::string name(found->name, static_cast<std::size_t>(ext2fs_dirent_name_len(found)));
  for (char& character : name) {
    character = character == 0 ? '?' : character;  // names of encrypted files are any bytes
  }
  const std::uint64_t size = kNode + name.size();
  if (names.names_.emplace(found->inode, Name{directory, std::move(name)}).second) {
    names.used_ += size;
  }
  return names.used_ > names.memory_ ? DIRENT_ABORT : 0;
}

Status Ext4Names::read_directory(Ext4Image& image, ext2_ino_t directory) {
  const errcode_t code = ext2fs_dir_iterate2(image.fs(), directory, 0, nullptr, take, this);
  if (used_ > memory_) {
    return Error(Code::limit, "its names need more than the " + std::to_string(memory_) +
                                  " bytes of memory allowed");
  }
  if (code != 0) {
    return image.failure(code, "directory of inode " + std::to_string(directory));
  }
  return {};
}

std::string Ext4Names::path(ext2_ino_t inode) const {
  std::string path;
  // A loop makes the path too long, as no name is empty.
  for (ext2_ino_t at = inode; at != EXT2_ROOT_INO;) {
    const auto found = names_.find(at);
    if (found == names_.end() || found->second.name.empty() ||
        path.size() + found->second.name.size() > kMostPath) {
      return "inode " + std::to_string(inode);
    }
    path = path.empty() ? found->second.name : found->second.name + "/" + path;
    at = found->second.parent;
  }
  return path;
}

}  // namespace kerf::container
