// What `kerf-updater` prints while it works: sentences for people, or one JSON object a line.
#pragma once

#include <string>

#include "agent/report.h"
#include "apps/common/progress.h"
#include "apps/kerf-updater/commands.h"

namespace kerf::updater {

class Printer final : public agent::Reporter {
 public:
  explicit Printer(const Manner& manner) : manner_(manner), bar_(manner.progress) {}
  void event(std::string_view name, const agent::Fields& fields) override;
  Observer* observer() override { return &bar_; }
  // False once standard output has refused a line.
  bool printed() const { return printed_; }

 private:
  Manner manner_;
  apps::ProgressBar bar_;
  bool printed_ = true;
};

}  // namespace kerf::updater
