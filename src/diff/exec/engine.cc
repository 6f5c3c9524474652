#include <algorithm>

#include "diff/engine.h"
#include "diff/exec/canonical.h"

namespace kerf {

namespace exec {
namespace {

// Another round finds next to nothing.
constexpr unsigned rounds = 1;

class PreparedImage final : public PreparedSource {
 public:
  PreparedImage(Bytes from, std::optional<refs::Image> image) : from_(from), image_(image) {}

  Result<Script> diff(Bytes to, const CostModel& prices,
                      const EngineOptions& options) const override {
    TRY_ASSIGN(Script script, match(from_, to, prices, options));
    const auto new_image = recognise(to);
    if (!image_ || !new_image) {
      return script;
    }
    for (unsigned round = 0; round < rounds; ++round) {
      TRY(notify(options.observer, "references", 0, to.size()));
      const auto [old, fresh] = canonical({from_, to, *image_, *new_image}, script);
      auto again = match(old, fresh, prices, options);
      if (!again) {
        return std::move(again).error();
      }
      script = *std::move(again);
    }
    return script;
  }

 private:
  // One index at a time stands in memory.
  static Result<Script> match(Bytes from, Bytes to, const CostModel& prices,
                              const EngineOptions& options) {
    TRY_ASSIGN(const auto source, suffix_engine().prepare(from, options));
    return source->diff(to, prices, options);
  }

  Bytes from_;
  std::optional<refs::Image> image_;
};

class ExecEngine final : public Engine {
 public:
  std::string_view name() const override { return "exec"; }
  Result<std::unique_ptr<PreparedSource>> prepare(Bytes from,
                                                  const EngineOptions& /*options*/) const override {
    return std::unique_ptr<PreparedSource>(std::make_unique<PreparedImage>(from, recognise(from)));
  }
};

}  // namespace
}  // namespace exec

const Engine& exec_engine() {
  static const exec::ExecEngine instance;
  return instance;
}

}  // namespace kerf
