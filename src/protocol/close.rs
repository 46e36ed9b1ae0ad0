//! Why the server closes a socket: 4000 to 4499 ask to come back, 4500 to 4999 not to.

/// A close code of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub enum CloseCode {
    /// A frame over the limit (the code of RFC 6455, section 7.4.1).
    FrameTooLarge = 1009,
    /// The node is draining.
    Draining = 4000,
    /// The client read too slowly.
    SlowConsumer = 4001,
    /// The client answered no heartbeat.
    HeartbeatTimeout = 4002,
    /// No `hello` in time.
    HelloTimeout = 4003,
    /// The node may have missed what others did: resume.
    Resync = 4004,
    /// Too many malformed frames.
    Malformed = 4500,
    /// The session is over or the token is not known.
    SessionOver = 4501,
    /// The client is older than the server accepts.
    ClientTooOld = 4502,
    /// Too many connections of this user.
    TooManyConnections = 4503,
}

impl CloseCode {
    /// All of them, in order.
    pub const ALL: &'static [Self] = &[
        Self::FrameTooLarge,
        Self::Draining,
        Self::SlowConsumer,
        Self::HeartbeatTimeout,
        Self::HelloTimeout,
        Self::Resync,
        Self::Malformed,
        Self::SessionOver,
        Self::ClientTooOld,
        Self::TooManyConnections,
    ];

    /// The number on the wire.
    #[must_use]
    pub const fn number(self) -> u16 {
        self as u16
    }

    /// Whether to come back: a client that was closed for good does not.
    #[must_use]
    pub const fn comes_back(self) -> bool {
        self.number() >= 4_000 && self.number() < 4_500
    }

    /// Why, in words.
    #[must_use]
    pub const fn says(self) -> &'static str {
        match self {
            Self::FrameTooLarge => "a frame over the limit",
            Self::Draining => "the node is draining",
            Self::SlowConsumer => "the client read too slowly",
            Self::HeartbeatTimeout => "the client answered no heartbeat",
            Self::HelloTimeout => "no `hello` in time",
            Self::Resync => "the node may have missed what others did: resume",
            Self::Malformed => "too many malformed frames",
            Self::SessionOver => "the session is over or the token is not known",
            Self::ClientTooOld => "the client is older than the server accepts",
            Self::TooManyConnections => "too many connections of this user",
        }
    }

    /// The reason in the close frame, in logs and in metrics.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::FrameTooLarge => "frame_too_large",
            Self::Draining => "draining",
            Self::SlowConsumer => "slow_consumer",
            Self::HeartbeatTimeout => "heartbeat_timeout",
            Self::HelloTimeout => "hello_timeout",
            Self::Resync => "resync",
            Self::Malformed => "malformed_frames",
            Self::SessionOver => "session_over",
            Self::ClientTooOld => "client_too_old",
            Self::TooManyConnections => "too_many_connections",
        }
    }
}
