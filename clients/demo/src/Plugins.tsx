// The plugins of the demo's tenant: upload one, switch it off, remove it, and see in the chat what it does.
import { useCallback, useEffect, useState, type FormEvent } from 'react';
import { app, call } from './session.js';

interface Plugin {
  name: string;
  version: number | null;
  enabled: boolean;
  config: Record<string, unknown>;
}

/** What the bundled plugins are best tried with. */
const CONFIGS: Record<string, string> = {
  'word-filter': '{\n  "words": ["badger"]\n}',
};

export function Plugins({ onClose }: { onClose(): void }) {
  const [plugins, setPlugins] = useState<Plugin[]>([]);
  const [file, setFile] = useState<File>();
  const [config, setConfig] = useState('{}');
  const [isBusy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<string>();

  // What does not parse as JSON is refused like what the server does not take.
  const run = useCallback(async (work: () => Promise<unknown>) => {
    setBusy(true);
    setRefusal(undefined);
    try {
      await work();
      setPlugins(await call<Plugin[]>('GET', '/api/plugins', { app: await app() }));
    } catch (error) {
      setRefusal((error as Error).message);
    } finally {
      setBusy(false);
    }
  }, []);
  useEffect(() => void run(async () => undefined), [run]);

  const choose = (chosen: File | undefined) => {
    setFile(chosen);
    setConfig(CONFIGS[nameOf(chosen)] ?? '{}');
  };
  const upload = (event: FormEvent) => {
    event.preventDefault();
    void run(async () => {
      if (!file) return;
      const form = new FormData();
      form.set('settings', new Blob([JSON.stringify({ name: nameOf(file), config: JSON.parse(config) as unknown })], { type: 'application/json' }));
      form.set('wasm', new Blob([await file.arrayBuffer()], { type: 'application/wasm' }), 'plugin.wasm');
      await call('POST', '/api/plugins', { app: await app(), form });
      setFile(undefined);
    });
  };
  const change = async (name: string, json: { enabled?: boolean; config?: unknown }) =>
    call('PATCH', `/api/plugins/${name}`, { app: await app(), json });
  const remove = (name: string) => run(async () => call('DELETE', `/api/plugins/${name}`, { app: await app() }));

  return (
    <aside className="demo-plugins heyyo" aria-label="Plugins">
      <header>
        <h2>Plugins</h2>
        <button type="button" className="heyyo-button" aria-label="Close the plugins" onClick={onClose}>×</button>
      </header>
      <p className="demo-small">
        They judge and enrich every message of this tenant, inside the server and in microseconds. This panel calls with the
        tenant’s secret, which this browser has in dev mode only: in production your backend does.
      </p>
      <ul>
        {plugins.map(({ name, version, enabled, config: set }) => (
          <li key={name}>
            <p><b>{name}</b> <span>{enabled ? `version ${version ?? '–'}` : 'off'}</span></p>
            <Config
              // Anew when the server has another.
              key={JSON.stringify(set)}
              of={name}
              config={set}
              isBusy={isBusy}
              onSave={(text) => run(() => change(name, { config: JSON.parse(text) as unknown }))}
            />
            <p>
              <button type="button" className="heyyo-button" disabled={isBusy} onClick={() => void run(() => change(name, { enabled: !enabled }))}>{enabled ? 'Turn off' : 'Turn on'}</button>
              <button type="button" className="heyyo-button" disabled={isBusy} onClick={() => void remove(name)}>Remove</button>
            </p>
          </li>
        ))}
      </ul>
      <form onSubmit={upload}>
        <label>
          <span>A plugin, like <code>plugins/dist/word-filter.wasm</code></span>
          <input type="file" accept=".wasm" onChange={(event) => choose(event.target.files?.[0])} />
        </label>
        <label>
          <span>Its configuration</span>
          <textarea rows={5} spellCheck={false} value={config} onChange={(event) => setConfig(event.target.value)} />
        </label>
        <button type="submit" className="heyyo-button heyyo-button-main" disabled={!file || isBusy}>{isBusy ? 'Working…' : 'Upload'}</button>
        {refusal ? <p role="alert" className="heyyo-refusal">{refusal}</p> : null}
      </form>
      <p className="demo-small"><code>plugins/build</code> in Heyyo's folder makes the bundled ones. Then say “badger”.</p>
    </aside>
  );
}

interface ConfigProps {
  of: string;
  config: Record<string, unknown>;
  isBusy: boolean;
  onSave(text: string): Promise<void>;
}

/** A plugin's configuration, to be read and changed. */
function Config({ of, config, isBusy, onSave }: ConfigProps) {
  const kept = JSON.stringify(config, null, 2);
  const [text, setText] = useState(kept);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void onSave(text);
      }}
    >
      <textarea
        aria-label={`Configuration of ${of}`}
        rows={Math.min(kept.split('\n').length, 10)}
        spellCheck={false}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      {text === kept ? null : <button type="submit" className="heyyo-button heyyo-button-main" disabled={isBusy}>Save</button>}
    </form>
  );
}

function nameOf(file: File | undefined): string {
  return (file?.name ?? '').replace(/\.wasm$/, '');
}
