#include "recipe/workshop.h"

#include "io/file.h"
#include "io/folder.h"
#include "io/hash_source.h"
#include "io/spool.h"

namespace kerf::recipe {

namespace {

// A source that owns what it reads from.
class SpooledValue final : public Source {
 public:
  explicit SpooledValue(std::unique_ptr<io::Spool> spool)
      : spool_(std::move(spool)), source_(spool_->source()) {}
  std::uint64_t size() const override { return source_->size(); }
  Status read_at(std::uint64_t offset, MutBytes out) const override {
    return source_->read_at(offset, out);
  }

 private:
  std::unique_ptr<io::Spool> spool_;
  std::unique_ptr<Source> source_;
};

class SpoolDraft final : public Draft {
 public:
  explicit SpoolDraft(std::uint64_t memory) : spool_(std::make_unique<io::Spool>(memory)) {}
  Status write(Bytes bytes) override { return spool_->write(bytes); }
  Result<std::unique_ptr<Source>> keep() override {
    return std::unique_ptr<Source>(std::make_unique<SpooledValue>(std::move(spool_)));
  }

 private:
  std::unique_ptr<io::Spool> spool_;
};

class TemporaryWorkshop final : public Workshop {
 public:
  explicit TemporaryWorkshop(std::uint64_t memory) : memory_(memory) {}
  Result<std::unique_ptr<Source>> find(std::size_t /*number*/, const BlobId& /*id*/,
                                       Observer* /*observer*/) override {
    return std::unique_ptr<Source>();
  }
  Result<std::unique_ptr<Draft>> begin(std::size_t /*number*/, const BlobId& id) override {
    // A value that will not fit goes to disk from its first byte.
    return std::unique_ptr<Draft>(std::make_unique<SpoolDraft>(id.size > memory_ ? 0 : memory_));
  }
  Status discard(std::size_t /*number*/, const BlobId& /*id*/) override { return {}; }

 private:
  std::uint64_t memory_;
};

class FileDraft final : public Draft {
 public:
  FileDraft(std::unique_ptr<io::OutputFile> file, std::string path)
      : file_(std::move(file)), path_(std::move(path)) {}
  Status write(Bytes bytes) override { return file_->write(bytes); }
  Result<std::unique_ptr<Source>> keep() override {
    TRY(file_->commit());
    TRY_ASSIGN(io::FileSource source, io::FileSource::open(path_));
    return std::unique_ptr<Source>(std::make_unique<io::FileSource>(std::move(source)));
  }

 private:
  std::unique_ptr<io::OutputFile> file_;
  std::string path_;
};

class FolderWorkshop final : public Workshop {
 public:
  explicit FolderWorkshop(std::string folder) : folder_(std::move(folder)) {}

  Result<std::unique_ptr<Source>> find(std::size_t number, const BlobId& id,
                                       Observer* observer) override {
    const std::string path = path_of(number, id);
    if (!io::exists(path)) {
      return std::unique_ptr<Source>();
    }
    auto source = io::FileSource::open(path);
    if (!source || source->size() != id.size) {
      return std::unique_ptr<Source>();  // to be made again, over this one
    }
    TRY_ASSIGN(const BlobId found, identify(*source, observer));
    if (found != id) {
      return std::unique_ptr<Source>();
    }
    return std::unique_ptr<Source>(std::make_unique<io::FileSource>(*std::move(source)));
  }

  Result<std::unique_ptr<Draft>> begin(std::size_t number, const BlobId& id) override {
    const std::string path = path_of(number, id);
    TRY_ASSIGN(auto file, io::OutputFile::create(path, true));
    return std::unique_ptr<Draft>(std::make_unique<FileDraft>(std::move(file), path));
  }

  Status discard(std::size_t number, const BlobId& id) override {
    return io::remove(path_of(number, id));
  }

 private:
  std::string path_of(std::size_t number, const BlobId& id) const {
    return folder_ + "/kerf-" + std::to_string(number) + "-" + to_hex(Bytes(id.sha256).first(8));
  }
  std::string folder_;
};

}  // namespace

std::unique_ptr<Workshop> temporary_workshop(std::uint64_t memory) {
  return std::make_unique<TemporaryWorkshop>(memory);
}

Result<std::unique_ptr<Workshop>> folder_workshop(const std::string& folder) {
  TRY(io::make_directories(folder));
  return std::unique_ptr<Workshop>(std::make_unique<FolderWorkshop>(folder));
}

}  // namespace kerf::recipe
