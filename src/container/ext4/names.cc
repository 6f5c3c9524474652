#include "container/ext4/names.h"

namespace kerf::container {

namespace {

constexpr std::size_t kMostPath = 4095;
constexpr std::uint64_t kNode = 96;  // bytes of a table entry beside the name

std::optional<std::string> extended(const std::string& directory, const std::string& name) {
  if (name.empty() || directory.size() + 1 + name.size() > kMostPath) {
    return std::nullopt;
  }
  return directory.empty() ? name : directory + "/" + name;
}

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
  TRY(check_memory());
  if (code != 0) {
    return image.failure(code, "directory of inode " + std::to_string(directory));
  }
  return {};
}

Status Ext4Names::check_memory() const {
  if (used_ > memory_) {
    return Error(Code::limit, "its names need more than the " + std::to_string(memory_) +
                                  " bytes of memory allowed");
  }
  return {};
}

Result<std::optional<std::string>> Ext4Names::directory_path(ext2_ino_t directory) {
  // Upwards to a directory whose path is known: each is passed once in all.
  std::vector<ext2_ino_t> chain;
  ext2_ino_t at = directory;
  std::optional<std::string> path(std::string{});
  while (at != EXT2_ROOT_INO) {
    const auto known = directories_.find(at);
    if (known != directories_.end()) {
      path = known->second;
      break;
    }
    const auto name = names_.find(at);
    if (name == names_.end()) {
      path.reset();
      break;
    }
    chain.push_back(at);
    directories_.emplace(at, std::nullopt);  // so that a loop ends here
    at = name->second.parent;
  }
  for (; !chain.empty(); chain.pop_back()) {
    if (path) {
      path = extended(*path, names_.find(chain.back())->second.name);
    }
    directories_[chain.back()] = path;
    used_ += kNode + (path ? path->size() : 0);
    TRY(check_memory());
  }
  return path;
}

Result<std::string> Ext4Names::path(ext2_ino_t inode) {
  std::optional<std::string> path;
  if (const auto name = names_.find(inode); inode == EXT2_ROOT_INO) {
    path.emplace();
  } else if (name != names_.end()) {
    TRY_ASSIGN(path, directory_path(name->second.parent));
    if (path) {
      path = extended(*path, name->second.name);
    }
  }
  return path ? *std::move(path) : "inode " + std::to_string(inode);
}

}  // namespace kerf::container
