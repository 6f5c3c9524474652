#include "diff/engine.h"
#include "diff/exec/canonical.h"
#include "diff/image/describe.h"

namespace kerf {

namespace exec {
namespace {

class PreparedImage final : public PreparedSource {
 public:
  PreparedImage(Bytes from, std::optional<Description> image)
      : from_(from), image_(std::move(image)) {}

  Result<Script> diff(Bytes to, const CostModel& prices,
                      const EngineOptions& options) const override {
    TRY_ASSIGN(auto scripts, diff_all(to, {&prices, 1}, options));
    return std::move(scripts.front());
  }

  // The first match tells where things have gone, for which one price set is as good as another.
  Result<std::vector<Script>> diff_all(Bytes to, std::span<const CostModel> prices,
                                       const EngineOptions& options) const override {
    if (!image_) {
      TRY_ASSIGN(const auto source, suffix_engine().prepare(from_, options));
      return source->diff_all(to, prices, options);
    }
    TRY_ASSIGN(const Script script, match(from_, to, prices.front(), options));
    const refs::Image new_image = describe_new_version(to, *image_);
    TRY(notify(options.observer, "references", 0, to.size()));
    const auto [old, fresh] = canonical({from_, to, image_->image, new_image}, script);
    TRY_ASSIGN(const auto source, suffix_engine().prepare(old, options));
    return source->diff_all(fresh, prices, options);
  }

 private:
  // One index at a time stands in memory.
  static Result<Script> match(Bytes from, Bytes to, const CostModel& prices,
                              const EngineOptions& options) {
    TRY_ASSIGN(const auto source, suffix_engine().prepare(from, options));
    return source->diff(to, prices, options);
  }

  Bytes from_;
  std::optional<Description> image_;
};

class ExecEngine final : public Engine {
 public:
  std::string_view name() const override { return "exec"; }
  Result<std::unique_ptr<PreparedSource>> prepare(Bytes from,
                                                  const EngineOptions& /*options*/) const override {
    std::optional<Description> image(std::in_place);
    if (!describe_image(from, *image)) {
      image.reset();
    }
    return std::unique_ptr<PreparedSource>(std::make_unique<PreparedImage>(from, std::move(image)));
  }
};

}  // namespace
}  // namespace exec

const Engine& exec_engine() {
  static const exec::ExecEngine instance;
  return instance;
}

}  // namespace kerf
