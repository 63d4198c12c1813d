// The page: who are you, then the chat.
import '@heyyo/react/styles.css';
import './demo.css';
import { HeyyoProvider } from '@heyyo/react';
import { StrictMode, useCallback } from 'react';
import { createRoot } from 'react-dom/client';
import { Chat } from './Chat.js';
import { token } from './session.js';
import { Welcome } from './Welcome.js';

function Page() {
  const user = new URLSearchParams(location.search).get('user')?.trim();
  const ask = useCallback(() => token(user ?? ''), [user]);
  if (!user) return <Welcome />;
  return (
    <HeyyoProvider apiUrl={location.origin} token={ask} storage={localStorage}>
      <Chat user={user} />
    </HeyyoProvider>
  );
}

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <Page />
    </StrictMode>,
  );
}
