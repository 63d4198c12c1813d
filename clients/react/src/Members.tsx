// Who is in a channel: a line that says how many, and the list that it opens.
import type { Member } from '@heyyo/sdk';
import { useCallback, useId, useRef, useState } from 'react';
import { useDismiss } from './dismiss.js';
import { useParts } from './provider.js';

export function Members({ members }: { members: readonly Member[] }) {
  const { Avatar } = useParts();
  const [isOpen, open] = useState(false);
  const place = useRef<HTMLDivElement>(null);
  const list = useId();
  useDismiss(place, isOpen, useCallback(() => open(false), []));
  if (members.length === 0) return <div className="heyyo-members">{'\u00a0'}</div>;
  const online = members.filter(({ is_online }) => is_online).length;
  // Who is there comes first; among them, by name.
  const sorted = [...members].sort((one, other) => Number(other.is_online) - Number(one.is_online) || nameOf(one).localeCompare(nameOf(other)));
  return (
    <div ref={place} className="heyyo-members">
      <button type="button" aria-expanded={isOpen} aria-controls={isOpen ? list : undefined} onClick={() => open(!isOpen)}>
        {members.length} {members.length === 1 ? 'member' : 'members'}, {online} online
      </button>
      {isOpen ? (
        <ul id={list} aria-label="Members" tabIndex={0}>
          {sorted.map((member) => (
            <li key={member.id}>
              <Avatar name={nameOf(member)} url={member.avatar_url} isOnline={member.is_online} />
              <span>{nameOf(member)}</span>
              <span className="heyyo-members-note">
                {member.role === 'member' ? '' : `${member.role}, `}
                {member.is_online ? 'online' : 'offline'}
              </span>
            </li>
          ))}
        </ul>
      ) : null}
    </div>
  );
}

const nameOf = ({ display_name, external_id }: Member): string => display_name ?? external_id;
