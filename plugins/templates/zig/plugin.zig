//! Refuses messages that have the tenant's banned word in them.

const std = @import("std");
const c = @import("contract");

export fn exports_heyyo_hooks_before_message_handle(
    call: *c.exports_heyyo_hooks_before_message_call_t,
    how: c.exports_heyyo_hooks_before_message_change_t,
    message: *c.exports_heyyo_hooks_before_message_message_t,
    verdict: *c.exports_heyyo_hooks_before_message_verdict_t,
    fault: *c.exports_heyyo_hooks_before_message_fault_t,
) bool {
    _ = .{ how, fault };
    defer c.exports_heyyo_hooks_before_message_call_free(call);
    defer c.exports_heyyo_hooks_before_message_message_free(message);
    verdict.tag = c.HEYYO_HOOKS_TYPES_VERDICT_ALLOW;

    var key: c.message_filter_string_t = undefined;
    var word: c.message_filter_string_t = undefined;
    c.message_filter_string_set(&key, "banned");
    if (!c.heyyo_hooks_config_get(&key, &word)) return true;
    defer c.message_filter_string_free(&word);

    if (std.mem.indexOf(u8, slice(message.text), slice(word)) != null) {
        verdict.tag = c.HEYYO_HOOKS_TYPES_VERDICT_REJECT;
        c.message_filter_string_dup(&verdict.val.reject.code, "banned-word");
        c.message_filter_string_dup(&verdict.val.reject.reason, "That word may not be said here");
    }
    return true;
}

fn slice(text: c.message_filter_string_t) []const u8 {
    return text.ptr[0..text.len];
}
