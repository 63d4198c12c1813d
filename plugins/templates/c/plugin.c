// Refuses messages that have the tenant's banned word in them.
#include "message_filter.h"
#include <string.h>

bool exports_heyyo_hooks_before_message_handle(
    exports_heyyo_hooks_before_message_call_t *call, exports_heyyo_hooks_before_message_change_t how,
    exports_heyyo_hooks_before_message_message_t *message, exports_heyyo_hooks_before_message_verdict_t *verdict,
    exports_heyyo_hooks_before_message_fault_t *fault) {
  message_filter_string_t key, word;
  message_filter_string_set(&key, "banned");
  verdict->tag = HEYYO_HOOKS_TYPES_VERDICT_ALLOW;
  if (heyyo_hooks_config_get(&key, &word)) {
    if (memmem(message->text.ptr, message->text.len, word.ptr, word.len)) {
      verdict->tag = HEYYO_HOOKS_TYPES_VERDICT_REJECT;
      message_filter_string_dup(&verdict->val.reject.code, "banned-word");
      message_filter_string_dup(&verdict->val.reject.reason, "That word may not be said here");
    }
    message_filter_string_free(&word);
  }
  exports_heyyo_hooks_before_message_call_free(call);
  exports_heyyo_hooks_before_message_message_free(message);
  return true;
}
