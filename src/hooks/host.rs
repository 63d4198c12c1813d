//! The host's functions, as `wit/0.1/host.wit` describes them.

use crate::hooks::{
    contract::{
        self,
        v0_1::heyyo::hooks::{config, context, log, state, types},
    },
    facts::{Answer, Operation, Refusal},
    record::Level,
    sandbox::Sandbox,
};

impl types::Host for Sandbox {}

impl log::Host for Sandbox {
    fn write(&mut self, level: log::Level, text: String) -> wasmtime::Result<()> {
        let level = match level {
            log::Level::Debug => Level::Debug,
            log::Level::Info => Level::Info,
            log::Level::Warn => Level::Warn,
            log::Level::Error => Level::Error,
        };
        match self.log.write(level, &text) {
            true => Ok(()),
            false => Err(wasmtime::format_err!("flooded its log")),
        }
    }
}

impl config::Host for Sandbox {
    fn get(&mut self, key: String) -> wasmtime::Result<Option<String>> {
        let value = self.settings.config.get(&key);
        Ok(value.map(crate::hooks::plugin::config_text))
    }

    fn all(&mut self) -> wasmtime::Result<Vec<(String, String)>> {
        let all = self.settings.config.iter();
        Ok(all
            .map(|(key, value)| (key.clone(), crate::hooks::plugin::config_text(value)))
            .collect())
    }
}

impl From<Refusal> for state::Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::OverQuota => state::Error::OverQuota,
            Refusal::Unavailable => state::Error::Unavailable,
            Refusal::Invalid => state::Error::Invalid,
        }
    }
}

/// A key and value that can be stored at all.
fn check(key: &str, value: &[u8]) -> Result<(), state::Error> {
    let is_key = (1..=256).contains(&key.len()) && !key.contains('\0');
    match is_key && value.len() <= 64 << 10 {
        true => Ok(()),
        false => Err(state::Error::Invalid),
    }
}

impl state::Host for Sandbox {
    async fn get(
        &mut self,
        key: String,
    ) -> wasmtime::Result<Result<Option<Vec<u8>>, state::Error>> {
        if let Err(error) = check(&key, &[]) {
            return Ok(Err(error));
        }
        Ok(match Sandbox::state(self, Operation::Get { key }).await {
            Ok(Answer::Value(value)) => Ok(value),
            Ok(Answer::Done | Answer::Sum(_)) => Ok(None),
            Err(refusal) => Err(refusal.into()),
        })
    }

    async fn set(
        &mut self,
        key: String,
        value: Vec<u8>,
        ttl: Option<u32>,
    ) -> wasmtime::Result<Result<(), state::Error>> {
        if let Err(error) = check(&key, &value) {
            return Ok(Err(error));
        }
        let set = Operation::Set { key, value, ttl };
        Ok(Sandbox::state(self, set)
            .await
            .map(|_| ())
            .map_err(Into::into))
    }

    async fn delete(&mut self, key: String) -> wasmtime::Result<Result<(), state::Error>> {
        if let Err(error) = check(&key, &[]) {
            return Ok(Err(error));
        }
        let delete = Operation::Delete { key };
        Ok(Sandbox::state(self, delete)
            .await
            .map(|_| ())
            .map_err(Into::into))
    }

    async fn add(
        &mut self,
        key: String,
        delta: i64,
        ttl: Option<u32>,
    ) -> wasmtime::Result<Result<i64, state::Error>> {
        if let Err(error) = check(&key, &[]) {
            return Ok(Err(error));
        }
        let add = Operation::Add { key, delta, ttl };
        Ok(match Sandbox::state(self, add).await {
            Ok(Answer::Sum(sum)) => Ok(sum),
            Ok(Answer::Done | Answer::Value(_)) => Err(state::Error::Unavailable),
            Err(refusal) => Err(refusal.into()),
        })
    }
}

impl context::Host for Sandbox {
    async fn channel(&mut self) -> wasmtime::Result<Option<context::ChannelInfo>> {
        let Some(channel) = self.channel else {
            return Ok(None);
        };
        let found = self.line.channel(self.settings.app, channel).await;
        Ok(found.map(|channel| context::ChannelInfo {
            id: channel.id.to_string(),
            name: channel.name,
            kind: channel.kind,
            members: channel.members,
            metadata: contract::entries(&channel.metadata),
        }))
    }

    async fn recent(&mut self, limit: u8) -> wasmtime::Result<Vec<context::Message>> {
        let Some(channel) = self.channel else {
            return Ok(vec![]);
        };
        let limit = limit.min(50);
        let found = self.line.recent(self.settings.app, channel, limit).await;
        Ok(found.iter().map(contract::message).collect())
    }
}
