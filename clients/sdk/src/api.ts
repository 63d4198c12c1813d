// The shapes of the REST calls, as the server describes them in /openapi.json.
// Made by `npm run generate`; never edited by hand.

export interface paths {
    "/api/apps": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the apps */
        get: operations["listApps"];
        put?: never;
        /**
         * Create an app
         * @description The answer holds the app's secret, this once: it belongs on the tenant's backend. In dev mode, without an admin key, direct callers on the server's own machine may call this too.
         */
        post: operations["createApp"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/apps/{app}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show an app and what is set for it */
        get: operations["showApp"];
        put?: never;
        post?: never;
        /**
         * Delete an app
         * @description With all that is in it, for good.
         */
        delete: operations["deleteApp"];
        options?: never;
        head?: never;
        /**
         * Change what is set for an app
         * @description What is absent stays as it is; a limit that is `null` is the server's again. It acts at once, on every node.
         */
        patch: operations["changeApp"];
        trace?: never;
    };
    "/api/apps/{app}/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Refuse all tokens of an app
         * @description Those that its users hold now; its live sockets end.
         */
        post: operations["revokeApp"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/apps/{app}/secrets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make a new secret for an app */
        post: operations["createSecretOf"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/apps/{app}/secrets/{secret}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Delete an app's secret */
        delete: operations["deleteSecretOf"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the audit
         * @description Who changed what about apps and their users' access. Kept for 90 days.
         */
        get: operations["readAudit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/token": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Get a user's token
         * @description For the tenant's backend, which proves itself in the body. Makes the user, or changes what is said of them; a field that is absent stays as it was.
         */
        post: operations["createToken"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/channels": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the caller's channels */
        get: operations["listChannels"];
        put?: never;
        /**
         * Create a channel
         * @description The caller owns it. Live sockets of the caller and of the first members hear it at once.
         */
        post: operations["createChannel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/channels/discover": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the channels that can be joined */
        get: operations["discoverChannels"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/channels/{channel}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a channel and its members */
        get: operations["showChannel"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/channels/{channel}/join": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Join a channel
         * @description Joining again changes nothing.
         */
        post: operations["joinChannel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/channels/{channel}/leave": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Leave a channel
         * @description If its owner leaves, the member who has been there longest owns it.
         */
        post: operations["leaveChannel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/channels/{channel}/members": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Add a member */
        post: operations["addMember"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/channels/{channel}/members/{user}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Remove a member
         * @description For the owner of the channel; anyone may remove themself. It acts at once, on live sockets too.
         */
        delete: operations["removeMember"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/channels/{channel}/messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a channel's messages
         * @description Without parameters: the newest. Paging by `before` alone visits every message exactly once, whatever is written meanwhile.
         */
        get: operations["listMessages"];
        put?: never;
        /**
         * Send a message
         * @description Answered once it is on disk. The app's plugins are asked first, and may change it. With a `client_id` a send can be tried again: it is stored once.
         */
        post: operations["sendMessage"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/channels/{channel}/messages/{message}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Delete a message
         * @description For its sender. Its text is gone then, and its place in the order stays empty.
         */
        delete: operations["deleteMessage"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/channels/{channel}/messages/{message}/reactions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * React to a message
         * @description The same again changes nothing.
         */
        post: operations["addReaction"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/held": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List held messages */
        get: operations["listHeldMessages"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/held/{message}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Drop a held message */
        delete: operations["dropHeldMessage"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/held/{message}/release": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a held message after all
         * @description Its sender must still be a member. Plugins are not asked again.
         */
        post: operations["releaseHeldMessage"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/plugins": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the plugins */
        get: operations["listPlugins"];
        put?: never;
        /**
         * Upload a plugin
         * @description A form with two parts: `wasm`, the file, and `settings`, JSON. It is compiled before it is answered, which takes seconds, and is live then.
         */
        post: operations["createPlugin"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/plugins/{plugin}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a plugin */
        get: operations["showPlugin"];
        put?: never;
        post?: never;
        /** Delete a plugin */
        delete: operations["deletePlugin"];
        options?: never;
        head?: never;
        /**
         * Change a plugin's settings
         * @description What is absent stays as it is. Live at once.
         */
        patch: operations["changePlugin"];
        trace?: never;
    };
    "/api/plugins/{plugin}/logs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a plugin's log */
        get: operations["readPluginLog"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/plugins/{plugin}/promote": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make the shadow live */
        post: operations["promoteShadow"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/plugins/{plugin}/rollback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Go back to an earlier version */
        post: operations["rollBackPlugin"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/plugins/{plugin}/shadow": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Compare the shadow with the live version */
        get: operations["compareShadow"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/plugins/{plugin}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Try a plugin out
         * @description Runs it on an event that did not happen. Nothing of it is kept.
         */
        post: operations["tryPlugin"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/plugins/{plugin}/versions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Upload a new version
         * @description Live at once; with `settings` `{"mode":"shadow"}` it runs beside the live one and is only compared.
         */
        post: operations["addPluginVersion"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/secrets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the app's secrets */
        get: operations["listSecrets"];
        put?: never;
        /**
         * Make a new secret
         * @description Two may be good at a time, so that backends change over one by one. The old one goes on until it is deleted, or for `overlap_seconds` more.
         */
        post: operations["createSecret"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/secrets/{secret}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Delete a secret */
        delete: operations["deleteSecret"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tokens/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Refuse one token
         * @description Named by itself or by its `jti`. The live sockets that hold it end.
         */
        post: operations["revokeToken"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the app's users */
        get: operations["listUsers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/users/{user}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a user */
        get: operations["showUser"];
        /**
         * Make a user, or change their profile
         * @description The `user` in the path is the tenant's own id here.
         */
        put: operations["putUser"];
        post?: never;
        /**
         * Delete a user
         * @description For good: their profile, memberships and reactions go, and what they wrote stays, by nobody. Their id is free: whoever is named so next is somebody else.
         */
        delete: operations["deleteUser"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/users/{user}/deactivate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Let a user in no more
         * @description Their tokens are refused and their sockets end. What they wrote stays.
         */
        post: operations["deactivateUser"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/users/{user}/reactivate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Let a user in again */
        post: operations["reactivateUser"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/users/{user}/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Refuse all tokens of a user
         * @description Those that they hold now; their live sockets end.
         */
        post: operations["revokeUser"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/asyncapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The live events, in AsyncAPI */
        get: operations["showAsyncapi"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/docs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Both, as a page */
        get: operations["showDocs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the server is there */
        get: operations["showHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the server counts */
        get: operations["showMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** These calls, in OpenAPI */
        get: operations["showOpenapi"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Whether the server can serve
         * @description For who sends it traffic.
         */
        get: operations["showReadiness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description What a plugin adds to a message, or changes of it. */
        Amendment: {
            /** @description Remarks. */
            flags?: components["schemas"]["Flag"][];
            /** @description Facts by name. */
            metadata?: {
                [key: string]: unknown;
            };
            /** @description The new text. */
            text?: string | null;
        };
        /** @description An app, as an operator sees it. Never holds the secret. */
        App: {
            /** @description Its public key. */
            api_key: string;
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /**
             * Format: uuid
             * @description The app.
             */
            id: string;
            /** @description Its name. */
            name: string;
        };
        /**
         * @description An app's own limits; what is absent is as the server has it. A new one is a field here and a name in
         *     `Limits::NAMES`.
         */
        AppLimits: {
            /**
             * Format: uint32
             * @description Messages of the app's users in a minute; each node counts for itself.
             */
            messages_per_minute?: number | null;
            /**
             * Format: uint32
             * @description Calls and events of the app's users and of its backend in a minute; the same.
             */
            requests_per_minute?: number | null;
            /**
             * Format: uint32
             * @description Sockets of the app's users at once; the same.
             */
            sockets?: number | null;
        };
        /** @description An app with all that is set for it. */
        AppWithSettings: {
            /** @description The origins whose pages may call; empty: all. */
            allowed_origins: string[];
            /** @description Its public key. */
            api_key: string;
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /**
             * Format: uuid
             * @description The app.
             */
            id: string;
            /** @description Where it differs from what the server allows everybody. */
            limits: components["schemas"]["AppLimits"];
            /** @description Its name. */
            name: string;
            /** @description Its secrets, without the secrets themselves. */
            secrets: components["schemas"]["Secret"][];
            /** @description Whether its tokens and secrets are refused. */
            suspended: boolean;
        };
        /** @description One entry. */
        AuditEntry: {
            /** @description What, such as `app.changed`. */
            action: string;
            /** @description Who: an operator's key, or an app's secret by its id. */
            actor: string;
            /** @description From where: an IP address. */
            address: string;
            /**
             * Format: uuid
             * @description To which app, or in which.
             */
            app_id: string;
            /**
             * Format: date-time
             * @description When.
             */
            at: string;
            /** @description What was set; nothing secret. */
            details: {
                [key: string]: unknown;
            };
            /** Format: uuid */
            id: string;
            /** @description To what: its id. */
            target: string | null;
        };
        /** @description What a tenant is told of it. */
        Breaker: "closed" | "open" | "trying";
        /** @description A channel. */
        Channel: {
            /**
             * Format: uuid
             * @description Its app.
             */
            app_id: string;
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /**
             * Format: uuid
             * @description Who made it.
             */
            created_by: string;
            /** @description What it is about. */
            description: string | null;
            /**
             * Format: uuid
             * @description The channel.
             */
            id: string;
            /**
             * Format: int64
             * @description The newest message's `seq`, 0 before the first.
             */
            last_seq: number;
            /** @description How many belong to it; on the wire a string, as documented. */
            member_count: string;
            /** @description How many messages can be read; on the wire a string, as documented. */
            message_count: string;
            /** @description The tenant's own facts. */
            metadata: {
                [key: string]: unknown;
            };
            /** @description Its name. */
            name: string;
            /** @description Its kind. */
            type: string;
            /**
             * Format: date-time
             * @description Newest activity.
             */
            updated_at: string;
        };
        /** @description A channel with its members. */
        ChannelWithMembers: {
            /**
             * Format: uuid
             * @description Its app.
             */
            app_id: string;
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /**
             * Format: uuid
             * @description Who made it.
             */
            created_by: string;
            /** @description What it is about. */
            description: string | null;
            /**
             * Format: uuid
             * @description The channel.
             */
            id: string;
            /**
             * Format: int64
             * @description The newest message's `seq`, 0 before the first.
             */
            last_seq: number;
            /** @description How many belong to it; on the wire a string, as documented. */
            member_count: string;
            /** @description All of them, in the order they came. */
            members: components["schemas"]["Member"][];
            /** @description How many messages can be read; on the wire a string, as documented. */
            message_count: string;
            /** @description The tenant's own facts. */
            metadata: {
                [key: string]: unknown;
            };
            /** @description Its name. */
            name: string;
            /** @description Its kind. */
            type: string;
            /**
             * Format: date-time
             * @description Newest activity.
             */
            updated_at: string;
        };
        /** @description One event on which a shadow and the live version differ. */
        Difference: {
            /**
             * Format: date-time
             * @description When.
             */
            at: string;
            /** @description The hook. */
            hook: string;
            /** @description What the live version decided, or how it failed. */
            live: components["schemas"]["Opinion"];
            /** @description The message's text or the reaction's kind. */
            said: string;
            /** @description What the shadow would have decided, or how it failed. */
            shadow: components["schemas"]["Opinion"];
        };
        /** @description What was done, in words. */
        Done: {
            message: string;
        };
        /** @description A remark on a message. */
        Flag: {
            /** @description A word for machines. */
            code: string;
            /** @description Words for a person. */
            note?: string | null;
            /**
             * Format: uint8
             * @description 0 to 100.
             */
            score: number;
        };
        /** @description A server that is there. */
        Health: {
            /** @description Always `ok`. */
            status: string;
            /**
             * Format: double
             * @description Since it started, in seconds.
             */
            uptime: number;
            /** @description Of the server. */
            version: string;
        };
        /** @description A message that waits for a decision. */
        HeldMessage: {
            attachments: {
                [key: string]: unknown;
            }[];
            /**
             * Format: uuid
             * @description A channel of one app.
             */
            channel_id: string;
            /** @description Its word for machines. */
            code: string;
            /** Format: date-time */
            created_at: string;
            /**
             * Format: uuid
             * @description The message it will be.
             */
            id: string;
            metadata: {
                [key: string]: unknown;
            };
            /**
             * Format: uuid
             * @description A message of one channel.
             */
            parent_id: string | null;
            /** @description The plugin that wants it so. */
            plugin: string;
            /** @description Its sentence for people. */
            reason: string;
            text: string | null;
            /** @description The tenant's own id of the sender. */
            user_external_id: string;
            /**
             * Format: uuid
             * @description Its sender.
             */
            user_id: string;
        };
        /**
         * @description How much a line of a log matters.
         * @enum {string}
         */
        Level: "debug" | "info" | "warn" | "error";
        /** @description A message of a page: with its sender's profile once more, flat, as documented, and its reactions. */
        ListedMessage: {
            /** @description What rides along, a list. */
            attachments: {
                [key: string]: unknown;
            }[];
            /**
             * Format: uuid
             * @description Its channel.
             */
            channel_id: string;
            /** @description The sender's own name for it. */
            client_id: string | null;
            /**
             * Format: date-time
             * @description Strictly later than the one before it in the channel.
             */
            created_at: string;
            /**
             * Format: date-time
             * @description When it was deleted.
             */
            deleted_at: string | null;
            /**
             * Format: uuid
             * @description The message.
             */
            id: string;
            /** @description The client's own facts, an object. */
            metadata: {
                [key: string]: unknown;
            };
            /**
             * Format: uuid
             * @description The message this one answers.
             */
            parent_id: string | null;
            /** @description Who reacted how, in order. */
            reactions: components["schemas"]["Reaction"][];
            /**
             * Format: int64
             * @description Its place in the channel: 1, 2, 3 … without holes.
             */
            seq: number;
            /** @description What is said; `null` without text and once deleted. */
            text: string | null;
            /**
             * Format: date-time
             * @description When it last changed.
             */
            updated_at: string;
            /** @description Its sender, as others see them. */
            user: components["schemas"]["Profile"];
            /** @description The sender's shown picture. */
            user_avatar_url: string | null;
            /** @description The sender's shown name. */
            user_display_name: string | null;
            /** @description The tenant's own id of the sender. */
            user_external_id: string;
            /**
             * Format: uuid
             * @description Its sender.
             */
            user_id: string;
        };
        /** @description A log. */
        Log: {
            /** @description The newest 200, oldest first. */
            lines: components["schemas"]["LogEntry"][];
        };
        /** @description A line of a plugin's log; those of `error` that begin with the plugin's own failures are the host's. */
        LogEntry: {
            /**
             * Format: date-time
             * @description When.
             */
            at: string;
            /** @description How much it matters. */
            level: components["schemas"]["Level"];
            /** @description What it says. */
            text: string;
            /**
             * Format: int32
             * @description Which version wrote it.
             */
            version: number;
        };
        LogLine: {
            level: components["schemas"]["Level"];
            text: string;
        };
        /** @description A member of a channel, as its details list them. */
        Member: {
            /** @description Shown picture. */
            avatar_url: string | null;
            /** @description Shown name. */
            display_name: string | null;
            /** @description The tenant's own id of the user. */
            external_id: string;
            /**
             * Format: uuid
             * @description The user.
             */
            id: string;
            /** @description Whether a socket of theirs is connected. */
            is_online: boolean;
            /**
             * Format: date-time
             * @description Since when.
             */
            joined_at: string;
            /** @description `owner` or `member`. */
            role: string;
        };
        /** @description A message, as both doors and every event show it. */
        Message: {
            /** @description What rides along, a list. */
            attachments: {
                [key: string]: unknown;
            }[];
            /**
             * Format: uuid
             * @description Its channel.
             */
            channel_id: string;
            /** @description The sender's own name for it. */
            client_id: string | null;
            /**
             * Format: date-time
             * @description Strictly later than the one before it in the channel.
             */
            created_at: string;
            /**
             * Format: date-time
             * @description When it was deleted.
             */
            deleted_at: string | null;
            /**
             * Format: uuid
             * @description The message.
             */
            id: string;
            /** @description The client's own facts, an object. */
            metadata: {
                [key: string]: unknown;
            };
            /**
             * Format: uuid
             * @description The message this one answers.
             */
            parent_id: string | null;
            /**
             * Format: int64
             * @description Its place in the channel: 1, 2, 3 … without holes.
             */
            seq: number;
            /** @description What is said; `null` without text and once deleted. */
            text: string | null;
            /**
             * Format: date-time
             * @description When it last changed.
             */
            updated_at: string;
            /** @description Its sender, as others see them. */
            user: components["schemas"]["Profile"];
            /**
             * Format: uuid
             * @description Its sender.
             */
            user_id: string;
        };
        /** @description The app and, this once, its secret. */
        NewApp: {
            /** @description Its public key. */
            api_key: string;
            /** @description Its secret, for its backend alone. */
            api_secret: string;
            /** Format: date-time */
            created_at: string;
            /**
             * Format: uuid
             * @description An app, the tenant.
             */
            id: string;
            message: string;
            name: string;
        };
        /** @description The secret, this once. */
        NewSecret: {
            /** @description The app's public key. */
            api_key: string;
            /** @description The secret, for the app's backend alone. */
            api_secret: string;
            /** Format: date-time */
            created_at: string;
            /** Format: uuid */
            id: string;
            message: string;
        };
        /** @description A verdict, or why there is none. */
        Opinion: components["schemas"]["Verdict"] | {
            /** @description How. */
            fault: string;
        };
        /** @description A plugin. */
        Plugin: {
            /**
             * Format: uint64
             * @description Milliseconds of an after-hook.
             */
            after_ms: number;
            /**
             * Format: uint64
             * @description Milliseconds of a before-hook.
             */
            before_ms: number;
            /** @description The types of channels it is asked about; empty: all. */
            channel_types: string[];
            /** @description What it reads. */
            config: {
                [key: string]: unknown;
            };
            /** Format: date-time */
            created_at: string;
            /** @description Whether it is asked at all. */
            enabled: boolean;
            /** Format: uuid */
            id: string;
            /** @description Whether its instances are used again: `reused` or `fresh`. */
            isolation: string;
            /** @description Unique in the app. */
            name: string;
            /** @description When it cannot decide: `reject`, `pass` or `hold`. */
            on_error: string;
            /**
             * Format: int32
             * @description Lower comes first.
             */
            order: number;
            /**
             * Format: int32
             * @description The version that is only compared.
             */
            shadow_version: number | null;
            /** @description What it remembers. */
            state: components["schemas"]["PluginState"];
            /** @description What this node knows of its calls. */
            stats: components["schemas"]["PluginStats"];
            /** Format: date-time */
            updated_at: string;
            /**
             * Format: int32
             * @description The version that decides.
             */
            version: number | null;
            /** @description Those that are kept, newest first. */
            versions: components["schemas"]["PluginVersion"][];
        };
        /** @description What a plugin remembers. */
        PluginState: {
            /** Format: int64 */
            bytes: number;
            /** Format: int64 */
            keys: number;
        };
        /** @description What a tenant is told of the calls. */
        PluginStats: {
            /** @description Whether the plugin is asked. */
            breaker: components["schemas"]["Breaker"];
            /**
             * Format: uint64
             * @description Calls, failed ones too.
             */
            calls: number;
            /**
             * Format: uint64
             * @description Events of after-hooks that found the queue full.
             */
            dropped: number;
            /** @description Failed calls by kind. */
            faults: {
                [key: string]: number;
            };
            /**
             * Format: uint64
             * @description Half of the calls took no longer, in microseconds, queueing included.
             */
            p50_us: number;
            /**
             * Format: uint64
             * @description Ninety-nine of a hundred took no longer.
             */
            p99_us: number;
            /**
             * Format: uint64
             * @description How long it is not, in seconds.
             */
            paused_seconds?: number | null;
        };
        /** @description One version of a plugin's code. */
        PluginVersion: {
            /**
             * Format: int64
             * @description Of the upload.
             */
            bytes: number;
            /** Format: date-time */
            created_at: string;
            /** @description The hooks it takes part in. */
            hooks: string[];
            /** @description The interfaces it imports. */
            imports: string[];
            /** @description Whether it is a program that reads stdin. */
            is_program: boolean;
            /** @description Of the upload, in hexadecimal. */
            sha256: string;
            /** Format: int32 */
            version: number;
        };
        /** @description What others see of a user beside each message. */
        Profile: {
            /** @description Shown picture, if the tenant gave one. */
            avatar_url: string | null;
            /** @description Shown name, if the tenant gave one. */
            display_name: string | null;
            /** @description The tenant's own id of the user. */
            external_id: string;
        };
        /** @description One user's reaction of one kind. */
        Reaction: {
            /**
             * Format: int64
             * @description Always 1: a user reacts once of each kind.
             */
            count: number;
            /** @description Its kind. */
            type: string;
            /**
             * Format: uuid
             * @description Whose it is.
             */
            user_id: string;
        };
        /** @description Whether it can serve. */
        Ready: {
            code?: string;
            error?: string;
            /** @description `ready` or `not ready`. */
            status: string;
        };
        /** @description How a refusal reads on the wire, through both doors. */
        Refusal: {
            /**
             * @description Its kind, for machines.
             * @enum {string}
             */
            code: "invalid" | "unauthenticated" | "forbidden" | "not_found" | "conflict" | "rejected" | "held" | "rate_limited" | "too_large" | "unavailable" | "internal";
            /** @description What is wrong, for a person. */
            error: string;
            /** @description Whether it is kept aside. */
            held?: boolean | null;
            /**
             * Format: uuid
             * @description The message it will be then.
             */
            id?: string | null;
            /** @description The plugin that refuses. */
            plugin?: string | null;
            /** @description What a plugin finds wrong with its configuration. */
            problems?: {
                [key: string]: unknown;
            }[];
            /** @description The plugin's own word. */
            reason_code?: string | null;
        };
        /** @description Why an event is refused or held. */
        Rejection: {
            /** @description A word for machines. */
            code: string;
            /** @description A sentence for the sender. */
            reason: string;
        };
        /** @description A secret, as it may be shown: not the secret itself. */
        Secret: {
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /**
             * Format: date-time
             * @description When it ends, if it does.
             */
            expires_at: string | null;
            /**
             * Format: uuid
             * @description Names it.
             */
            id: string;
        };
        /** @description How a shadow compares with the live version. */
        Shadow: {
            /**
             * Format: uint64
             * @description Events on which both decided the same.
             */
            agreed: number;
            /**
             * Format: uint64
             * @description Events on which they did not.
             */
            differed: number;
            /** @description The newest events on which they differed. */
            differences: components["schemas"]["Difference"][];
            /**
             * Format: uint64
             * @description Events on which the shadow failed.
             */
            failed: number;
        };
        /** @description A token. */
        Token: {
            /** @description A JSON Web Token; valid for an hour unless the operator set another time. */
            token: string;
        };
        /** @description What came of a trial. */
        Tried: {
            /** @description How it failed. */
            fault?: string | null;
            /** @description What it logged. */
            log: components["schemas"]["LogLine"][];
            /**
             * Format: uint
             * @description Of its instance.
             */
            memory_bytes: number;
            /**
             * Format: uint64
             * @description In microseconds.
             */
            took_us: number;
            /** @description What it decided. */
            verdict?: components["schemas"]["Verdict"] | null;
        };
        /** @description A user, and whether they are here. */
        UserOfApp: {
            /** @description Shown picture. */
            avatar_url: string | null;
            /**
             * Format: date-time
             * @description When they were first named.
             */
            created_at: string;
            /**
             * Format: date-time
             * @description Since when they are let in no more, if they are not.
             */
            deactivated_at: string | null;
            /** @description Shown name. */
            display_name: string | null;
            /** @description The tenant's own id. */
            external_id: string;
            /**
             * Format: uuid
             * @description The user.
             */
            id: string;
            /** @description Whether a socket of theirs is connected. */
            is_online: boolean;
            /**
             * Format: date-time
             * @description When their profile last changed.
             */
            updated_at: string;
        };
        /** @description What a plugin made of an event. */
        Verdict: "allow" | {
            amend: components["schemas"]["Amendment"];
        } | {
            reject: components["schemas"]["Rejection"];
        } | {
            hold: components["schemas"]["Rejection"];
        } | "nothing";
    };
    responses: {
        /** @description `invalid`: what is given is wrong; nothing was changed. */
        400: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Refusal"];
            };
        };
        /** @description `unauthenticated`: no credentials, or wrong ones. */
        401: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Refusal"];
            };
        };
        /** @description `forbidden`: a token or key that does not allow this. */
        403: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Refusal"];
            };
        };
        /** @description `not_found`: it is not there, or not for this caller to know of. */
        404: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Refusal"];
            };
        };
        /** @description `too_large`: the body is larger than the operator allows. */
        413: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Refusal"];
            };
        };
        /** @description `invalid`: the body is by its own account not what is wanted. */
        415: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Refusal"];
            };
        };
        /** @description `rate_limited`: too many calls; `Retry-After` says when to come back. */
        429: {
            headers: {
                /** @description In seconds. */
                "Retry-After"?: number;
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Refusal"];
            };
        };
        /** @description `unavailable`: not now; trying again after `Retry-After` seconds is safe. */
        503: {
            headers: {
                /** @description In seconds. */
                "Retry-After"?: number;
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Refusal"];
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    listApps: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All apps, oldest first, without their secrets. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["App"][];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            429: components["responses"]["429"];
            503: components["responses"]["503"];
        };
    };
    createApp: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Acme"
                 *     }
                 */
                "application/json": {
                    /** @description What to call it; 100 characters at most. */
                    name: string;
                };
            };
        };
        responses: {
            /** @description The app, with its secret. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewApp"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            413: components["responses"]["413"];
            415: components["responses"]["415"];
            429: components["responses"]["429"];
            503: components["responses"]["503"];
        };
    };
    showApp: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The app's id. */
                app: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The app. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AppWithSettings"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            429: components["responses"]["429"];
            503: components["responses"]["503"];
        };
    };
    deleteApp: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The app's id. */
                app: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is gone. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Done"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            429: components["responses"]["429"];
            503: components["responses"]["503"];
        };
    };
    changeApp: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The app's id. */
                app: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "suspended": true
                 *     }
                 */
                "application/json": {
                    /** @description The origins whose pages may call, all of them. */
                    allowed_origins?: string[] | null;
                    /** @description Limits by name; `null` takes one back. */
                    limits?: {
                        /**
                         * Format: uint32
                         * @description Messages of the app's users in a minute; each node counts for itself.
                         */
                        messages_per_minute?: number | null;
                        /**
                         * Format: uint32
                         * @description Calls and events of the app's users and of its backend in a minute; the same.
                         */
                        requests_per_minute?: number | null;
                        /**
                         * Format: uint32
                         * @description Sockets of the app's users at once; the same.
                         */
                        sockets?: number | null;
                    } | null;
                    /** @description Its name. */
                    name?: string | null;
                    /** @description Whether its tokens and secrets are refused. */
                    suspended?: boolean | null;
                };
            };
        };
        responses: {
            /** @description The app. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AppWithSettings"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            413: components["responses"]["413"];
            415: components["responses"]["415"];
            429: components["responses"]["429"];
            503: components["responses"]["503"];
        };
    };
    revokeApp: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The app's id. */
                app: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description They are refused. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Done"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            429: components["responses"]["429"];
            503: components["responses"]["503"];
        };
    };
    createSecretOf: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The app's id. */
                app: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "overlap_seconds": 3600
                 *     }
                 */
                "application/json": {
                    /**
                     * Format: uint64
                     * @description How long the old secret goes on, in seconds; absent, until it is deleted.
                     */
                    overlap_seconds?: number | null;
                };
            };
        };
        responses: {
            /** @description The secret, this once. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewSecret"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            /** @description `conflict`: the app has two secrets already. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            413: components["responses"]["413"];
            415: components["responses"]["415"];
            429: components["responses"]["429"];
            503: components["responses"]["503"];
        };
    };
    deleteSecretOf: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The app's id. */
                app: string;
                /** @description The secret's id. */
                secret: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Who shows it is refused. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Done"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            /** @description `conflict`: it is the app's last secret that does not end. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            429: components["responses"]["429"];
            503: components["responses"]["503"];
        };
    };
    readAudit: {
        parameters: {
            query?: {
                /** @description How many at most: 50 when absent, and never more than 100. */
                limit?: number;
                /** @description Only what stands before this entry. */
                before?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page, newest first. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditEntry"][];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            429: components["responses"]["429"];
            503: components["responses"]["503"];
        };
    };
    createToken: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "api_key": "cb_…",
                 *       "api_secret": "cbs_…",
                 *       "display_name": "Jane",
                 *       "user_id": "jane"
                 *     }
                 */
                "application/json": {
                    /** @description The app's public key. */
                    api_key: string;
                    /** @description The app's secret. */
                    api_secret: string;
                    /** @description Shown picture. Absent leaves it as it was. */
                    avatar_url?: string | null;
                    /** @description Shown name. Absent leaves it as it was. */
                    display_name?: string | null;
                    /** @description The tenant's own id of the user, who is made if there is none of that id. */
                    user_id: string;
                };
            };
        };
        responses: {
            /** @description The token. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Token"];
                };
            };
            400: components["responses"]["400"];
            /** @description `unauthenticated`: key and secret are not a pair. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description `forbidden`: the app is suspended, or the user is deactivated. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            413: components["responses"]["413"];
            415: components["responses"]["415"];
            429: components["responses"]["429"];
            503: components["responses"]["503"];
        };
    };
    listChannels: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Newest activity first, 1,000 at most. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Channel"][];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            429: components["responses"]["429"];
            503: components["responses"]["503"];
        };
    };
    createChannel: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "members": [
                 *         "john"
                 *       ],
                 *       "name": "general"
                 *     }
                 */
                "application/json": {
                    /** @description What it is about. */
                    description?: string | null;
                    /**
                     * @description First members beside the caller, each a user id or a tenant's own id.
                     * @default null
                     */
                    members?: string[] | null;
                    /** @description The tenant's own facts, an object. */
                    metadata?: {
                        [key: string]: unknown;
                    } | null;
                    /** @description Its name. */
                    name: string;
                    /**
                     * @description Its kind; `messaging` when absent. `private` and `direct` channels cannot be discovered or
                     *     joined: their members add others.
                     */
                    type?: string | null;
                };
            };
        };
        responses: {
            /** @description The channel. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Channel"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            /** @description `not_found`: one of the members is no user of the app. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            413: components["responses"]["413"];
            415: components["responses"]["415"];
            429: components["responses"]["429"];
            503: components["responses"]["503"];
        };
    };
    discoverChannels: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The app's channels that are neither `private` nor `direct`, newest first, 1,000 at most. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Channel"][];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            429: components["responses"]["429"];
            503: components["responses"]["503"];
        };
    };
    showChannel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The channel's id. */
                channel: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The channel, with its members in the order they came. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChannelWithMembers"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            /** @description `not_found`: there is no such channel, or the caller is not in it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            429: components["responses"]["429"];
            503: components["responses"]["503"];
        };
    };
    joinChannel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The channel's id. */
                channel: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The caller is a member. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Done"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            /** @description `not_found`: there is no such channel, or it cannot be joined. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            429: components["responses"]["429"];
            503: components["responses"]["503"];
        };
    };
    leaveChannel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The channel's id. */
                channel: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The caller is no member any more. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Done"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            /** @description `forbidden`: the token allows nothing, or the caller is not in the channel. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            404: components["responses"]["404"];
            429: components["responses"]["429"];
            503: components["responses"]["503"];
        };
    };
    addMember: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The channel's id. */
                channel: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "user_id": "john"
                 *     }
                 */
                "application/json": {
                    /** @description The user: by their id, or by the tenant's own. */
                    user_id: string;
                };
            };
        };
        responses: {
            /** @description The user is a member. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Done"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            /** @description `forbidden`: the token allows nothing, or the caller is not in the channel. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description `not_found`: no such user. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            413: components["responses"]["413"];
            415: components["responses"]["415"];
            429: components["responses"]["429"];
            503: components["responses"]["503"];
        };
    };
    removeMember: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The channel's id. */
                channel: string;
                /** @description The user: by their id, or by the tenant's own, percent-encoded. */
                user: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The user is no member any more. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Done"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            /** @description `forbidden`: the token allows nothing, or the caller is not the channel's owner. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description `not_found`: no such member. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            429: components["responses"]["429"];
            503: components["responses"]["503"];
        };
    };
    listMessages: {
        parameters: {
            query?: {
                /** @description How many at most: 50 when absent, and never more than 100. */
                limit?: number;
                /** @description Only what was created before then: the `created_at` of the oldest message that is known. */
                before?: string;
                /** @description Only what stands before this place. */
                before_seq?: number;
                /** @description Only what stands after this place; the page then begins right there. */
                after_seq?: number;
            };
            header?: never;
            path: {
                /** @description The channel's id. */
                channel: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page, oldest first. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListedMessage"][];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            /** @description `forbidden`: the token allows nothing, or the caller is not in the channel. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            404: components["responses"]["404"];
            429: components["responses"]["429"];
            503: components["responses"]["503"];
        };
    };
    sendMessage: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same as `client_id`, which wins if both are there: 1 to 128 characters, plain ASCII. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The channel's id. */
                channel: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "client_id": "a-name-of-mine",
                 *       "text": "Hello"
                 *     }
                 */
                "application/json": {
                    /** @description Anything that rides along, a list. */
                    attachments?: {
                        [key: string]: unknown;
                    }[] | null;
                    /** @description The client's own name for this message: sent again, it is the same message. */
                    client_id?: string | null;
                    /** @description The client's own facts, an object. */
                    metadata?: {
                        [key: string]: unknown;
                    } | null;
                    /**
                     * Format: uuid
                     * @description The message this one answers.
                     */
                    parent_id?: string | null;
                    /** @description What is said. */
                    text?: string | null;
                };
            };
        };
        responses: {
            /** @description It was there already, under this `client_id`. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
            /** @description The message. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
            /** @description `held`: a plugin keeps it aside until the tenant's backend decides. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            /** @description `forbidden`: the token allows nothing, or the caller is not in the channel. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description `not_found`: the message that it answers is not in this channel. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            /** @description `conflict`: another message was sent under this `client_id`. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            413: components["responses"]["413"];
            415: components["responses"]["415"];
            /** @description `rejected`: a plugin refuses it, in its own words, or could not decide and its tenant wants that refused. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            429: components["responses"]["429"];
            503: components["responses"]["503"];
        };
    };
    deleteMessage: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The channel's id. */
                channel: string;
                /** @description The message's id. */
                message: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is deleted. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Done"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            /** @description `not_found`: not there, or not the caller's own. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            429: components["responses"]["429"];
            503: components["responses"]["503"];
        };
    };
    addReaction: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The channel's id. */
                channel: string;
                /** @description The message's id. */
                message: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "type": ":heart:"
                 *     }
                 */
                "application/json": {
                    /** @description An emoji, or a word like `:heart:`; 64 bytes at most. */
                    type: string;
                };
            };
        };
        responses: {
            /** @description The reaction is there. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Done"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            /** @description `forbidden`: the token allows nothing, or the caller is not in the channel. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            404: components["responses"]["404"];
            /** @description `conflict`: the caller has left 20 kinds of reaction on this message. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            413: components["responses"]["413"];
            415: components["responses"]["415"];
            /** @description `rejected`: a plugin refuses it, in its own words, or could not decide and its tenant wants that refused. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            429: components["responses"]["429"];
            503: components["responses"]["503"];
        };
    };
    listHeldMessages: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Those that wait, oldest first, 100 at most. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HeldMessage"][];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            429: components["responses"]["429"];
            503: components["responses"]["503"];
        };
    };
    dropHeldMessage: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The message's id. */
                message: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is gone. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Done"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            429: components["responses"]["429"];
            503: components["responses"]["503"];
        };
    };
    releaseHeldMessage: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The message's id. */
                message: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The message, now in its channel. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            /** @description `forbidden`: its sender is not in the channel any more. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            404: components["responses"]["404"];
            /** @description `conflict`: another message was sent under its `client_id`. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            429: components["responses"]["429"];
            503: components["responses"]["503"];
        };
    };
    listPlugins: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description In the order they are asked. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Plugin"][];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            429: components["responses"]["429"];
            503: components["responses"]["503"];
        };
    };
    createPlugin: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": {
                    /** @description A plugin to be made. */
                    settings: {
                        /**
                         * Format: uint64
                         * @description Milliseconds of an after-hook; `null`: as the operator set it.
                         * @default null
                         */
                        after_ms?: number | null;
                        /**
                         * Format: uint64
                         * @description Milliseconds of a before-hook; `null`: as the operator set it.
                         * @default null
                         */
                        before_ms?: number | null;
                        /** @description Types of channels; empty: all. */
                        channel_types?: string[] | null;
                        /** @description What the plugin reads, as a whole. */
                        config?: {
                            [key: string]: unknown;
                        } | null;
                        /** @description Whether it is asked at all. */
                        enabled?: boolean | null;
                        /**
                         * @description The hooks of a program; a component's are what it exports.
                         * @default []
                         */
                        hooks?: ("before-message" | "after-message" | "before-reaction" | "after-reaction")[];
                        /** @description Whether instances are used again. */
                        isolation?: ("reused" | "fresh") | null;
                        /** @description Whether its first version decides or is only compared. */
                        mode?: "live" | "shadow";
                        /** @description Unique in the app: small letters, digits and hyphens. */
                        name: string;
                        /** @description When it cannot decide. */
                        on_error?: ("reject" | "pass" | "hold") | null;
                        /**
                         * Format: int32
                         * @description Lower comes first.
                         */
                        order?: number | null;
                    };
                    /** @description The plugin: a WebAssembly component, or a program that reads stdin. */
                    wasm: string;
                };
            };
        };
        responses: {
            /** @description The plugin. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Plugin"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            /** @description `conflict`: the app has a plugin of this name, or too many. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            413: components["responses"]["413"];
            415: components["responses"]["415"];
            429: components["responses"]["429"];
            503: components["responses"]["503"];
        };
    };
    showPlugin: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The plugin: by its name, or by its id. */
                plugin: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The plugin, and how it fared on this node. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Plugin"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            429: components["responses"]["429"];
            503: components["responses"]["503"];
        };
    };
    deletePlugin: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The plugin: by its name, or by its id. */
                plugin: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is gone, with all that it remembered. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Done"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            429: components["responses"]["429"];
            503: components["responses"]["503"];
        };
    };
    changePlugin: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The plugin: by its name, or by its id. */
                plugin: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "enabled": false
                 *     }
                 */
                "application/json": {
                    /**
                     * Format: uint64
                     * @description Milliseconds of an after-hook; `null`: as the operator set it.
                     * @default null
                     */
                    after_ms?: number | null;
                    /**
                     * Format: uint64
                     * @description Milliseconds of a before-hook; `null`: as the operator set it.
                     * @default null
                     */
                    before_ms?: number | null;
                    /** @description Types of channels; empty: all. */
                    channel_types?: string[] | null;
                    /** @description What the plugin reads, as a whole. */
                    config?: {
                        [key: string]: unknown;
                    } | null;
                    /** @description Whether it is asked at all. */
                    enabled?: boolean | null;
                    /** @description Whether instances are used again. */
                    isolation?: ("reused" | "fresh") | null;
                    /** @description When it cannot decide. */
                    on_error?: ("reject" | "pass" | "hold") | null;
                    /**
                     * Format: int32
                     * @description Lower comes first.
                     */
                    order?: number | null;
                };
            };
        };
        responses: {
            /** @description The plugin. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Plugin"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            413: components["responses"]["413"];
            415: components["responses"]["415"];
            429: components["responses"]["429"];
            503: components["responses"]["503"];
        };
    };
    readPluginLog: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The plugin: by its name, or by its id. */
                plugin: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What it logged of late on this node, and how it failed. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Log"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            429: components["responses"]["429"];
            503: components["responses"]["503"];
        };
    };
    promoteShadow: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The plugin: by its name, or by its id. */
                plugin: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The plugin. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Plugin"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            /** @description `conflict`: there is no shadow. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            429: components["responses"]["429"];
            503: components["responses"]["503"];
        };
    };
    rollBackPlugin: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The plugin: by its name, or by its id. */
                plugin: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "version": 1
                 *     }
                 */
                "application/json": {
                    /**
                     * Format: int32
                     * @description The version; absent: the one before.
                     */
                    version?: number | null;
                };
            };
        };
        responses: {
            /** @description The plugin. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Plugin"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            /** @description `conflict`: there is no version before. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            413: components["responses"]["413"];
            415: components["responses"]["415"];
            429: components["responses"]["429"];
            503: components["responses"]["503"];
        };
    };
    compareShadow: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The plugin: by its name, or by its id. */
                plugin: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description On how many events the two agreed, and the newest on which they did not. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Shadow"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            429: components["responses"]["429"];
            503: components["responses"]["503"];
        };
    };
    tryPlugin: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The plugin: by its name, or by its id. */
                plugin: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "event": {
                 *         "hook": "before-message",
                 *         "message": {
                 *           "text": "Hello"
                 *         }
                 *       }
                 *     }
                 */
                "application/json": {
                    /** @description The event: its hook, and what the hook is about. */
                    event: {
                        /** @description A hook: what a plugin can take part in. */
                        hook: "before-message" | "after-message" | "before-reaction" | "after-reaction";
                        /** @description For the hooks of messages. What is absent is made up too. */
                        message?: {
                            /**
                             * @description A JSON list of objects.
                             * @default []
                             */
                            attachments?: {
                                [key: string]: unknown;
                            }[];
                            /**
                             * Format: uuid
                             * @description Its channel.
                             * @default 01a2157b-8e48-7278-aefd-d652ddb64fb5
                             */
                            channel?: string;
                            /**
                             * Format: uuid
                             * @description The message.
                             * @default 01a2157b-8e48-7278-aefd-d651c18daccd
                             */
                            id?: string;
                            /**
                             * @description A JSON object.
                             * @default {}
                             */
                            metadata?: {
                                [key: string]: unknown;
                            };
                            /**
                             * Format: uuid
                             * @description The message it answers.
                             * @default null
                             */
                            parent?: string | null;
                            /**
                             * @description Who sent it.
                             * @default {
                             *       "external_id": "somebody",
                             *       "id": "01a2157b-8e48-7278-aefd-d6549af314b4",
                             *       "name": null
                             *     }
                             */
                            sender?: {
                                /**
                                 * @description The tenant's own id of the user.
                                 * @default
                                 */
                                external_id?: string;
                                /**
                                 * Format: uuid
                                 * @description Heyyo's id of the user.
                                 * @default 01a2157b-8e48-7278-aefd-d65317f1e4fe
                                 */
                                id?: string;
                                /**
                                 * @description The shown name.
                                 * @default null
                                 */
                                name?: string | null;
                            };
                            /**
                             * @description What is said; empty without text.
                             * @default
                             */
                            text?: string;
                        } | null;
                        /** @description For the hooks of reactions. */
                        reaction?: {
                            /**
                             * Format: uuid
                             * @description Its channel.
                             * @default 01a2157b-8e48-7278-aefd-d656989d672a
                             */
                            channel?: string;
                            /** @description Its kind. */
                            kind: string;
                            /**
                             * Format: uuid
                             * @description The message that is reacted to.
                             * @default 01a2157b-8e48-7278-aefd-d65523a1d7a4
                             */
                            message?: string;
                            /**
                             * @description Who reacts.
                             * @default {
                             *       "external_id": "somebody",
                             *       "id": "01a2157b-8e48-7278-aefd-d6586180046a",
                             *       "name": null
                             *     }
                             */
                            sender?: {
                                /**
                                 * @description The tenant's own id of the user.
                                 * @default
                                 */
                                external_id?: string;
                                /**
                                 * Format: uuid
                                 * @description Heyyo's id of the user.
                                 * @default 01a2157b-8e48-7278-aefd-d65798e0cdfc
                                 */
                                id?: string;
                                /**
                                 * @description The shown name.
                                 * @default null
                                 */
                                name?: string | null;
                            };
                        } | null;
                    };
                    /**
                     * Format: int32
                     * @description The live version unless another is named.
                     */
                    version?: number | null;
                };
            };
        };
        responses: {
            /** @description What it decided, or how it failed. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Tried"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            413: components["responses"]["413"];
            415: components["responses"]["415"];
            429: components["responses"]["429"];
            503: components["responses"]["503"];
        };
    };
    addPluginVersion: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The plugin: by its name, or by its id. */
                plugin: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": {
                    /** @description A version to be made. */
                    settings?: {
                        /**
                         * @description The hooks of a program.
                         * @default []
                         */
                        hooks?: ("before-message" | "after-message" | "before-reaction" | "after-reaction")[];
                        /** @description Whether it decides or is only compared. */
                        mode?: "live" | "shadow";
                    };
                    /** @description The plugin: a WebAssembly component, or a program that reads stdin. */
                    wasm: string;
                };
            };
        };
        responses: {
            /** @description The plugin. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Plugin"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            413: components["responses"]["413"];
            415: components["responses"]["415"];
            429: components["responses"]["429"];
            503: components["responses"]["503"];
        };
    };
    listSecrets: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Those that are good, oldest first, without the secrets themselves. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Secret"][];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            429: components["responses"]["429"];
            503: components["responses"]["503"];
        };
    };
    createSecret: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "overlap_seconds": 3600
                 *     }
                 */
                "application/json": {
                    /**
                     * Format: uint64
                     * @description How long the old secret goes on, in seconds; absent, until it is deleted.
                     */
                    overlap_seconds?: number | null;
                };
            };
        };
        responses: {
            /** @description The secret, this once. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewSecret"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            /** @description `conflict`: the app has two secrets already. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            413: components["responses"]["413"];
            415: components["responses"]["415"];
            429: components["responses"]["429"];
            503: components["responses"]["503"];
        };
    };
    deleteSecret: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The secret's id. */
                secret: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Who shows it is refused. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Done"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            /** @description `conflict`: it is the app's last secret that does not end. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            429: components["responses"]["429"];
            503: components["responses"]["503"];
        };
    };
    revokeToken: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "jti": "0190f7a4-0000-7000-8000-00000000000a"
                 *     }
                 */
                "application/json": {
                    /**
                     * Format: uuid
                     * @description Its `jti`.
                     */
                    jti?: string | null;
                    /** @description The token, whole. */
                    token?: string | null;
                };
            };
        };
        responses: {
            /** @description It is refused. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Done"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            413: components["responses"]["413"];
            415: components["responses"]["415"];
            429: components["responses"]["429"];
            503: components["responses"]["503"];
        };
    };
    listUsers: {
        parameters: {
            query?: {
                /** @description How many at most: 50 when absent, and never more than 100. */
                limit?: number;
                /** @description Only what stands after this user. */
                after?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page, oldest first. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserOfApp"][];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            429: components["responses"]["429"];
            503: components["responses"]["503"];
        };
    };
    showUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The user: by their id, or by the tenant's own, percent-encoded. */
                user: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The user. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserOfApp"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            429: components["responses"]["429"];
            503: components["responses"]["503"];
        };
    };
    putUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The user: by their id, or by the tenant's own, percent-encoded. */
                user: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "display_name": "Jane"
                 *     }
                 */
                "application/json": {
                    /** @description Shown picture. */
                    avatar_url?: string | null;
                    /** @description Shown name. */
                    display_name?: string | null;
                };
            };
        };
        responses: {
            /** @description The user. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserOfApp"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            413: components["responses"]["413"];
            415: components["responses"]["415"];
            429: components["responses"]["429"];
            503: components["responses"]["503"];
        };
    };
    deleteUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The user: by their id, or by the tenant's own, percent-encoded. */
                user: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description They are gone. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Done"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            429: components["responses"]["429"];
            503: components["responses"]["503"];
        };
    };
    deactivateUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The user: by their id, or by the tenant's own, percent-encoded. */
                user: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description They are let in no more. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Done"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            429: components["responses"]["429"];
            503: components["responses"]["503"];
        };
    };
    reactivateUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The user: by their id, or by the tenant's own, percent-encoded. */
                user: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description They may ask for a token again. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Done"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            429: components["responses"]["429"];
            503: components["responses"]["503"];
        };
    };
    revokeUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The user: by their id, or by the tenant's own, percent-encoded. */
                user: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description They are refused. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Done"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            429: components["responses"]["429"];
            503: components["responses"]["503"];
        };
    };
    showAsyncapi: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description An AsyncAPI 3.0 document. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            429: components["responses"]["429"];
            503: components["responses"]["503"];
        };
    };
    showDocs: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page that reads the two and needs nothing else. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            429: components["responses"]["429"];
            503: components["responses"]["503"];
        };
    };
    showHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
        };
    };
    showMetrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description In the format of Prometheus. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/openmetrics-text; version=1.0.0; charset=utf-8": string;
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            429: components["responses"]["429"];
            503: components["responses"]["503"];
        };
    };
    showOpenapi: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description An OpenAPI 3.1 document. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            429: components["responses"]["429"];
            503: components["responses"]["503"];
        };
    };
    showReadiness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It can. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ready"];
                };
            };
            /** @description It starts, it ends, or its database is away. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ready"];
                };
            };
        };
    };
}
