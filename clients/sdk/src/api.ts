// The shapes of the REST calls, as the server describes them in /openapi.json.
// Made by `npm run generate`; never edited by hand.

export interface paths {
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
        /** List the members of a channel */
        get: operations["listMembers"];
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
         * @description For the owner of the channel and the tenant's backend; anyone may remove themself. It acts at once, on live sockets too.
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
         * @description For its sender, and for the tenant's backend. Its text is gone then, and its place in the order stays empty.
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
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
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
            /** @description The first thousand, in the order they came; all are in the list of members. */
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
        /** @description What was done, in words. */
        Done: {
            message: string;
        };
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
            /** @description How many reacted how, the named among them; in the order of the first of each kind. */
            reaction_counts: components["schemas"]["ReactionCount"][];
            /** @description Who reacted how, in order: the first hundred. */
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
        /** @description How many reacted in one way. */
        ReactionCount: {
            /**
             * Format: int64
             * @description Of how many users.
             */
            count: number;
            /** @description Its kind. */
            type: string;
        };
        /** @description How a refusal reads on the wire, through both doors. */
        Refusal: {
            /**
             * @description Its kind, for machines.
             * @enum {string}
             */
            code: "invalid" | "unauthenticated" | "forbidden" | "disabled" | "not_found" | "conflict" | "rejected" | "held" | "rate_limited" | "too_large" | "unavailable" | "internal";
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
        /** @description `forbidden`: a token or key that does not allow this. `disabled`: the operator has switched it off. */
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
                    /** @description First members beside the caller, each a user id or a tenant's own id. */
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
            /** @description The channel, with its first thousand members in the order they came. */
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
    listMembers: {
        parameters: {
            query?: {
                /** @description How many at most: 50 when absent, and never more than 100. */
                limit?: number;
                /** @description Only what stands after this user. */
                after?: string;
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
            /** @description A page, in the order of their ids. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Member"][];
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
            /** @description `not_found`: not there, or another user's. */
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
            /** @description `forbidden`: the token allows nothing, or the caller is not in the channel. `disabled`: the operator has switched reactions off. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refusal"];
                };
            };
            404: components["responses"]["404"];
            /** @description `conflict`: the caller has left 20 kinds of reaction on this message, or all users together 50 kinds or as many as it takes. */
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
}
