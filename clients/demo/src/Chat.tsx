// The chat: channels, messages, and beside them the plugins of the demo's tenant.
import { ChannelList, ChatView, useChannels, useClient, useSelectedChannel } from '@heyyo/react';
import { useEffect, useState } from 'react';
import { Plugins } from './Plugins.js';
import { nameOf } from './session.js';

/** Who the second window is. */
const OTHERS = ['grace', 'ada'];

export function Chat({ user }: { user: string }) {
  const [selected, select] = useSelectedChannel();
  const [hasPlugins, showPlugins] = useState(false);
  const refusal = useGeneral();
  const other = OTHERS.find((one) => one !== user) ?? 'ada';
  return (
    <div className="demo" data-open={selected ? 'channel' : 'list'}>
      <header className="demo-bar">
        <h1><a className="demo-brand" href="/demo/" title="Choose another name">Heyyo</a></h1>
        <span className="demo-user">as <b>{nameOf(user)}</b></span>
        <a className="heyyo-button demo-other" href={`?user=${other}`} target="_blank" rel="noopener">
          <span className="demo-wide">Second window </span>as {nameOf(other)} ↗
        </a>
        <button type="button" className="heyyo-button" aria-expanded={hasPlugins} onClick={() => showPlugins(!hasPlugins)}>
          Plugins
        </button>
      </header>
      {refusal ? <p role="alert" className="heyyo-refusal">{refusal}</p> : null}
      <main className="demo-panes">
        <ChannelList className="demo-list" />
        <ChatView
          className="demo-chat"
          before={
            <button type="button" className="heyyo-button demo-back" aria-label="Back to the channels" onClick={() => select(undefined)}>←</button>
          }
        />
        {hasPlugins ? <Plugins onClose={() => showPlugins(false)} /> : null}
      </main>
    </div>
  );
}

/** Sees to it that there is a channel in which everybody is, and opens it. */
function useGeneral(): string | undefined {
  const client = useClient();
  const { channels, isLoading, join, create, discover } = useChannels();
  const [selected, select] = useSelectedChannel();
  const [isDone, setDone] = useState(false);
  const [refusal, setRefusal] = useState<string>();
  useEffect(() => client.on('error', (error) => setRefusal(error.message)), [client]);
  useEffect(() => {
    if (isLoading || isDone) return;
    setDone(true);
    const wide = matchMedia('(min-width: 700px)').matches;
    const open = async () => {
      const own = channels.find(({ name }) => name === 'general');
      const id = own?.id ?? (await enter());
      if (wide && !selected) select(id);
    };
    const enter = async () => {
      const general = (await discover()).find(({ name }) => name === 'general');
      if (!general) return (await create('general')).id;
      await join(general.id);
      return general.id;
    };
    open().catch((error: Error) => setRefusal(error.message));
  }, [isLoading, isDone, channels, create, join, discover, select, selected]);
  return refusal;
}
