// A page as somebody else would make it: on React 18, with a client of their own, their own Message, and an
// EmptyState. `?dir=rtl` writes from right to left.
import '@heyyo/react/styles.css';
import '../src/demo.css';
import { ChannelList, ChatView, HeyyoProvider, type EmptyStateProps, type MessageProps } from '@heyyo/react';
import { HeyyoClient } from '@heyyo/sdk';
import { StrictMode, version } from 'react';
import { createRoot } from 'react-dom/client';
import { token } from '../src/session.js';

const asked = new URLSearchParams(location.search);
document.documentElement.dir = asked.get('dir') ?? 'ltr';
const client = new HeyyoClient({ apiUrl: location.origin, token: () => token(asked.get('user') ?? 'ada') });

const Plain = ({ message, pending }: MessageProps) => <p data-testid="plain">{message?.text ?? pending?.draft.text}</p>;
const Bare = ({ title }: EmptyStateProps) => <p data-testid="bare">{title}</p>;
const components = asked.has('plain') ? { Message: Plain, EmptyState: Bare } : {};

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <HeyyoProvider client={client} components={components}>
        <main className="demo" data-react={version} data-theme={asked.get('theme') ?? undefined}>
          <h1 className="heyyo-hidden">Chat</h1>
          <div className="demo-panes">
            <ChannelList className="demo-list" />
            <ChatView className="demo-chat" />
          </div>
        </main>
      </HeyyoProvider>
    </StrictMode>,
  );
}
